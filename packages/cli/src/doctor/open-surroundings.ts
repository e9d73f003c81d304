/** The real surroundings of `medevac doctor`: the process, the disk and the cloud. */
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { dirname } from 'node:path';
import {
  type InstanceUuid,
  messageOf,
  silentLog,
  systemClock,
  systemRandom,
} from '@medevac/kernel';
import {
  type Cloud,
  type CloudConfig,
  greetKeystone,
  loadCloud,
  openCloud,
  readVersionRange,
} from '@medevac/openstack';
import { lookAtServer, lookAtSqlite, sqliteFile } from '@medevac/store';
import { troubleWithHook } from '../hooks/open-hooks.ts';
import { loadPolicy } from '../protection/policy-file.ts';
import { lookAtTls } from '../protection/tls-files.ts';
import { type GivenOptions, readSettings } from '../settings/command-settings.ts';
import type { CloudUnderTest, EmbeddedPlace, StateView, Surroundings } from './surroundings.ts';

/** Placement answers with an empty list for a consumer that does not exist. */
const NO_INSTANCE = '00000000-0000-0000-0000-000000000000' as InstanceUuid;

const PARTS = { clock: systemClock, random: systemRandom, log: silentLog };

export interface OpenedSurroundings extends Surroundings, AsyncDisposable {}

/** Whoever opens them disposes of them: they hold connections once a cloud is opened. */
export function openSurroundings(options: GivenOptions): OpenedSurroundings {
  const clouds: Cloud[] = [];
  return {
    clock: systemClock,
    userName: nameOfUser(),
    readSetting: async (key) => (await readSettings([key], options))[key],
    openCloud: async (name) => {
      const config = await loadCloud({
        env: process.env,
        homeDir: homedir(),
        cwd: process.cwd(),
        ...(name === undefined ? {} : { cloud: name }),
      });
      const cloud = openCloud(config, PARTS);
      clouds.push(cloud);
      return cloudUnderTest(config, cloud);
    },
    lookAtState,
    lookAtServer: (url) => lookAtServer(url, systemClock),
    lookAtPolicy: async (path) => (await loadPolicy(path)).effective(),
    lookAtTls,
    troubleWithHook: (hook) => troubleWithHook(hook, process.env),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clouds.map((cloud) => cloud.close()));
    },
  };
}

/** A user that has no entry goes by its number, as in containers. */
function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `${process.getuid?.() ?? 'unknown'}`;
  }
}

function cloudUnderTest(config: CloudConfig, cloud: Cloud): CloudUnderTest {
  const { images, session, tokens, nova, placement, volumes } = cloud;
  return {
    config,
    nova,
    images,
    volumes,
    greetKeystone: (call) => greetKeystone(config, PARTS, call),
    authenticate: (call) => session.authenticate(call),
    identify: async (call) => tokens.identify(await session.tokenId(call), call),
    keystoneNowMs: (call) => session.keystoneNowMs(call),
    versions: (serviceType, call) => readVersionRange(session, serviceType, call),
    readAllocations: async (call) => {
      await placement.allocatedProviders(NO_INSTANCE, call);
    },
  };
}

export async function lookAtState(place: EmbeddedPlace): Promise<StateView> {
  const file = sqliteFile(place);
  const directory = dirname(file);
  const nearest = await nearestExisting(directory);
  const { bavail, bsize } = await statfs(nearest);
  const exists = nearest === directory;
  const view = { directory, exists, file, freeBytes: bavail * bsize };
  const trouble = await troubleWith(nearest);
  if (trouble !== undefined) return { ...view, trouble, database: { kind: 'absent' } };
  return { ...view, database: lookAtSqlite(file) };
}

/** The directory itself, or the closest one above it in which it would be made. */
async function nearestExisting(directory: string): Promise<string> {
  const isThere = await stat(directory).then(
    () => true,
    () => false,
  );
  const parent = dirname(directory);
  return isThere || parent === directory ? directory : nearestExisting(parent);
}

async function troubleWith(path: string): Promise<string | undefined> {
  try {
    if (!(await stat(path)).isDirectory()) return `${path} is no directory`;
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
