/** The checks of instances whose devices or keys decide whether they can be brought back. */
import { type DeviceClass, deviceClassesOf } from '@medevac/core';
import { forEachBounded, LIMITS } from '@medevac/kernel';
import type { Call, Image, Server } from '@medevac/openstack';
import { type Answer, type Check, count, listSome } from './check.ts';
import type { Facts } from './surroundings.ts';

const IMAGES_MS = 60_000;
const VOLUMES_MS = 120_000;

export const checkDeviceClasses: Check<'session' | 'servers'> = {
  name: 'device-classes',
  needs: ['session', 'servers'],
  provides: [],
  deadlineMs: IMAGES_MS,
  run: async ({ servers, session }, { call }) => {
    const uuids = [...new Set(servers.flatMap(({ imageUuid }) => imageUuid ?? []))];
    const read = uuids.slice(0, LIMITS.imagesKept);
    const images = await readImages(session, read, call);
    const unread = uuids.length - images.size;
    const known = servers.map((server) => ({ server, classes: classesOf(server, images) }));
    return judgeClasses(known, unread);
  },
};

/** Those that are there: instances outlive their image, and then Nova alone knows. */
async function readImages(
  { images }: Facts['session'],
  uuids: readonly string[],
  call: Call,
): Promise<ReadonlyMap<string, Image>> {
  const found = new Map<string, Image>();
  await forEachBounded(
    uuids,
    LIMITS.imageReads,
    async (uuid) => {
      const image = await images.readImage(uuid, call);
      if (image !== undefined) found.set(uuid, image);
    },
    call.signal,
  );
  return found;
}

const classesOf = (
  { flavor, imageUuid }: Server,
  images: ReadonlyMap<string, Image>,
): readonly DeviceClass[] =>
  deviceClassesOf({
    flavorExtraSpecs: flavor.extraSpecs,
    imageProperties: imageUuid === null ? undefined : images.get(imageUuid)?.properties,
  });

interface Known {
  readonly server: Server;
  readonly classes: readonly DeviceClass[];
}

function judgeClasses(all: readonly Known[], unread: number): Answer {
  const of = (treatment: DeviceClass['treatment']) =>
    all.filter(({ classes }) => classes.some((one) => one.treatment === treatment));
  const [refused, degraded] = [of('refuse'), of('degrade')];
  const total = count(all.length, 'instance');
  const unseen = unread === 0 ? '' : `; ${count(unread, 'image')} could not be read`;
  if (refused.length + degraded.length === 0) {
    return { level: 'ok', found: `${total}, none with a device that it would lose${unseen}` };
  }
  const named = (known: readonly Known[]): string =>
    listSome(known.map(({ server }) => server.uuid));
  const parts = [
    refused.length === 0 ? [] : `not brought back when their host fails: ${named(refused)}`,
    degraded.length === 0 ? [] : `brought back with less: ${named(degraded)}`,
  ].flat();
  return {
    level: refused.length === 0 ? 'reminder' : 'warning',
    found: `of ${total}, ${parts.join('; ')}${unseen}`,
    advice:
      'See docs/reference/device-classes.md; tell their owners, who can keep such instances twice.',
    items: [...new Set([...refused, ...degraded])].map(
      ({ server, classes }) =>
        `${server.uuid} on ${server.host ?? 'no host'}: ` +
        classes.map(({ name, reason }) => `${name}: ${reason}`).join('; '),
    ),
  };
}

/** Volumes that are looked at; of a larger cloud the first ones stand for all. */
const VOLUMES_READ = 2_000;

/**
 * Nova takes the evacuate call of an instance with an encrypted volume. Its new host then reads the
 * key with the rights of our user, and the rebuild breaks when these do not reach it.
 */
export const checkVolumeKeys: Check<'session' | 'servers'> = {
  name: 'volume-keys',
  needs: ['session', 'servers'],
  provides: [],
  deadlineMs: VOLUMES_MS,
  run: async ({ servers, session }, { call }) => {
    const all = servers.flatMap((server) => server.volumes.map((uuid) => ({ server, uuid })));
    const looked = all.slice(0, VOLUMES_READ);
    if (looked.length === 0) return { level: 'ok', found: 'no instance has a volume' };
    const encrypted = new Set<Server>();
    await forEachBounded(
      looked,
      LIMITS.imageReads,
      async ({ server, uuid }) => {
        const volume = await session.volumes.readVolume(uuid, call);
        if (volume?.isEncrypted === true) encrypted.add(server);
      },
      call.signal,
    );
    const total = count(looked.length, 'volume');
    if (encrypted.size === 0) return { level: 'ok', found: `${total} looked at, none encrypted` };
    const names = [...encrypted].map(({ uuid }) => uuid);
    return {
      level: 'reminder',
      found:
        `with encrypted volumes: ${listSome(names)}; they are opened at a new host with the ` +
        'rights of our user, and whether these reach the keys only the key manager knows',
      advice:
        'Give our user the right to read secrets of these projects (secret:decrypt in the policy ' +
        'of Barbican); otherwise such instances end in error.',
      items: names,
    };
  },
};
