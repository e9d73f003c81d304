/**
 * What the cloud knows about instances beside Nova's own record of them: properties of their
 * images, and the server groups that they are in. It makes a plan better and is never needed for
 * one: what cannot be read in a short time is taken from an earlier reading, or left out and told.
 */
import { forEachBounded, LIMITS, messageOf, throwIfAborted } from '@medevac/kernel';
import type { Call, Image, Server, ServerGroup } from '@medevac/openstack';
import type { EnginePorts } from '../ports.ts';

export interface SeenSurroundings {
  /** `undefined`: it boots from a volume, its image is deleted, or nothing is known of it. */
  imageOf(server: Server): Image['properties'] | undefined;
  /** Of which the instance is a member. */
  groupsOf(uuid: string): readonly ServerGroup[];
  /** What could not be read, for people. */
  readonly notes: readonly string[];
}

interface Kept<Value> {
  readonly value: Value;
  readonly readAtMs: number;
}

export type SurroundingsPorts = Pick<EnginePorts, 'clock' | 'images' | 'serverGroups' | 'log'>;

export class Surroundings {
  readonly #ports: SurroundingsPorts;
  /** Oldest first. `null`: deleted, or not to be seen. */
  readonly #images = new Map<string, Kept<Image | null>>();
  #groups: Kept<readonly ServerGroup[]> | undefined;

  constructor(ports: SurroundingsPorts) {
    this.#ports = ports;
  }

  /** Reads the images that are named, and the server groups unless nobody is to be moved. */
  async look(
    images: ReadonlySet<string>,
    wantsGroups: boolean,
    call: Call,
  ): Promise<SeenSurroundings> {
    const deadlineMs = Math.min(call.deadlineMs, LIMITS.surroundingsMs);
    const bounded: Call = { ...call, deadlineMs };
    const notes = await Promise.all([
      this.#tell(call, 'the server groups', wantsGroups && this.#readGroups(bounded)),
      this.#tell(call, 'the properties of images', this.#readImages(images, bounded)),
    ]);
    const groups = groupsByMember(wantsGroups ? (this.#groups?.value ?? []) : []);
    const seen = new Map([...images].map((uuid) => [uuid, this.#images.get(uuid)?.value]));
    return {
      imageOf: ({ imageUuid }) =>
        imageUuid === null ? undefined : (seen.get(imageUuid)?.properties ?? undefined),
      groupsOf: (uuid) => groups.get(uuid) ?? [],
      notes: notes.flat(),
    };
  }

  async #tell(
    call: Call,
    what: string,
    reading: Promise<void> | false,
  ): Promise<readonly string[]> {
    try {
      await reading;
      return [];
    } catch (error) {
      throwIfAborted(call.signal);
      const why = messageOf(error);
      this.#ports.log.warn('plan.surroundings_unread', { what, error: why });
      return [`${what} cannot be read now, and may count for less: ${why}`];
    }
  }

  async #readGroups(call: Call): Promise<void> {
    if (this.#isFresh(this.#groups)) return;
    const { clock, serverGroups } = this.#ports;
    const value = await serverGroups.listServerGroups(call);
    this.#groups = { value, readAtMs: clock.monotonicMs() };
  }

  async #readImages(images: ReadonlySet<string>, call: Call): Promise<void> {
    const unread = [...images].filter((uuid) => !this.#isFresh(this.#images.get(uuid)));
    const now = unread.slice(0, LIMITS.imagesPerPlan);
    await forEachBounded(now, LIMITS.imageReads, async (uuid) => {
      const value = (await this.#ports.images.readImage(uuid, call)) ?? null;
      this.#keep(uuid, { value, readAtMs: this.#ports.clock.monotonicMs() });
    });
    if (now.length < unread.length) {
      throw new Error(`${unread.length} images are more than the ${now.length} read for a plan`);
    }
  }

  #keep(uuid: string, image: Kept<Image | null>): void {
    this.#images.delete(uuid);
    const [oldest] = this.#images.keys();
    if (oldest !== undefined && this.#images.size >= LIMITS.imagesKept) this.#images.delete(oldest);
    this.#images.set(uuid, image);
  }

  #isFresh(kept: Kept<unknown> | undefined): boolean {
    if (kept === undefined) return false;
    return this.#ports.clock.monotonicMs() - kept.readAtMs < LIMITS.surroundingsFreshMs;
  }
}

function groupsByMember(
  groups: readonly ServerGroup[],
): ReadonlyMap<string, readonly ServerGroup[]> {
  const byMember = new Map<string, ServerGroup[]>();
  for (const group of groups) {
    for (const member of group.members) {
      const known = byMember.get(member);
      if (known === undefined) byMember.set(member, [group]);
      else known.push(group);
    }
  }
  return byMember;
}
