/** The checks before any request: the settings of `serve`, clouds.yaml, and the state directory. */
import { messageOf } from '@medevac/kernel';
import { SCHEMA_VERSION, type ServerView } from '@medevac/store';
import { databasePlace } from '../database-place.ts';
import { SETTING_KEYS, type ServeSettings } from '../settings/settings-table.ts';
import type { Answer, Check } from './check.ts';
import { count } from './check.ts';
import type { Facts, StateView, Surroundings } from './surroundings.ts';

const MEBIBYTE = 1024 * 1024;
const FEW_BYTES = 500 * MEBIBYTE;
/** Below this the next recovery may not be able to write its journal to the end. */
const TOO_FEW_BYTES = 50 * MEBIBYTE;

export const checkSettings: Check<never> = {
  name: 'settings',
  needs: [],
  provides: ['osCloud', 'listen', 'place', 'policy', 'tls', 'hooks'],
  run: async (_given, { around }) => {
    const faults = new Set<string>();
    for (const key of SETTING_KEYS) {
      await around.readSetting(key).catch((error: unknown) => faults.add(messageOf(error)));
    }
    const facts = await readableFacts(around);
    if (faults.size === 0) return { ...judgeFencing(await around.readSetting('fencing')), facts };
    const items = [...faults];
    const advice = 'Correct them as options, in the environment or in the file of --config.';
    return { level: 'problem', found: items.join('; '), advice, items, facts };
  },
};

/** `serve` has no fence device for the engine yet, and without one `required` waits for ever. */
function judgeFencing(fencing: ServeSettings['fencing']): Answer {
  if (fencing !== 'required') return { level: 'ok', found: 'complete and valid' };
  return {
    level: 'warning',
    found: 'valid, but with --fencing required no recovery begins: there is no fence device yet',
    advice: 'Declare trusted, if whoever reports a failure has fenced the host before.',
  };
}

/** What the other checks can go on with, although something else may be wrong. */
async function readableFacts(around: Surroundings): Promise<Partial<Facts>> {
  const facts: { -readonly [Key in keyof Facts]?: Facts[Key] } = {};
  const readAll = [
    async () => {
      facts.osCloud = { name: await around.readSetting('osCloud') };
    },
    async () => {
      facts.listen = await around.readSetting('listen');
    },
    async () => {
      const database = await around.readSetting('database');
      facts.place = databasePlace({ database, state: await around.readSetting('state') });
    },
    async () => {
      facts.hooks = await around.readSetting('hooks');
    },
    async () => {
      facts.policy = { path: await around.readSetting('policyFile') };
    },
    async () => {
      facts.tls = {
        tlsCertificate: await around.readSetting('tlsCertificate'),
        tlsKey: await around.readSetting('tlsKey'),
        tlsClientCa: await around.readSetting('tlsClientCa'),
      };
    },
  ];
  // What cannot be read is among the faults already.
  await Promise.allSettled(readAll.map((read) => read()));
  return facts;
}

export const checkCloudFile: Check<'osCloud'> = {
  name: 'clouds.yaml',
  needs: ['osCloud'],
  provides: ['cloud'],
  run: async ({ osCloud }, { around }) => {
    const cloud = await around.openCloud(osCloud.name);
    const { name, authUrl, region, interface: endpoints } = cloud.config;
    const where = name === 'envvars' ? 'the OS_ variables' : `cloud "${name}"`;
    const found = `${where}: ${authUrl}, ${region ?? 'any region'}, ${endpoints} endpoints`;
    return { level: 'ok', found, facts: { cloud } };
  },
};

/** What an empty database says. */
const NOTHING_YET = { registeredHosts: [], segments: [] } as const;

export const checkState: Check<'place'> = {
  name: 'state-directory',
  needs: ['place'],
  provides: ['registeredHosts', 'segments'],
  run: async ({ place }, { around }) =>
    'server' in place
      ? judgeServer(await around.lookAtServer(place.server))
      : judgeState(await around.lookAtState(place), around),
};

/** Nothing is migrated by starting: other replicas may be using the database. */
function judgeServer({ place, database }: ServerView): Answer {
  const isBehind = database.kind === 'ours' && database.version < SCHEMA_VERSION;
  if (database.kind === 'empty' || isBehind) {
    const has = isBehind ? `schema version ${database.version}` : 'no tables yet';
    return {
      level: 'problem',
      found: `${place} can be reached and has ${has}, this program needs ${SCHEMA_VERSION}`,
      advice: 'Run medevac db migrate with the same --database.',
    };
  }
  const judged = judgeDatabase({ exists: true, file: place, database });
  return judged.level === 'problem' ? judged : { ...judged, found: `${place}: ${judged.found}` };
}

function judgeState(view: StateView, { userName }: Surroundings): Answer {
  const { directory, trouble, database, freeBytes } = view;
  if (trouble !== undefined) {
    return {
      level: 'problem',
      found: `user ${userName} cannot use ${directory}: ${trouble}`,
      advice: 'Run this as the user of medevac serve, or choose another directory with --state.',
    };
  }
  const judged = judgeDatabase(view);
  if (judged.level === 'problem') return judged;
  const free = `${Math.floor(freeBytes / MEBIBYTE)} MiB free`;
  const found = `${directory} is writable for ${userName}, ${free}; ${judged.found}`;
  if (freeBytes >= FEW_BYTES || database.kind === 'unreadable') return { ...judged, found };
  const level = freeBytes < TOO_FEW_BYTES ? 'problem' : 'warning';
  return { ...judged, level, found, advice: `Free some space in ${directory}.` };
}

function judgeDatabase({
  exists,
  file,
  database,
}: Pick<StateView, 'exists' | 'file' | 'database'>): Answer {
  switch (database.kind) {
    case 'absent': {
      const found = exists ? 'no database yet, serve makes it' : 'not there yet, serve makes it';
      return { level: 'ok', found, facts: NOTHING_YET };
    }
    case 'empty':
      return { level: 'ok', found: 'an empty database', facts: NOTHING_YET };
    case 'in-use':
      return {
        level: 'ok',
        found: 'in use by a running serve',
        withheld: 'a running serve uses the database; medevac host list shows its hosts',
      };
    case 'foreign':
      return {
        level: 'problem',
        found: `${file} holds tables of another program ("${database.table}")`,
        advice: 'Medevac needs a database of its own: name an empty one.',
      };
    case 'unreadable':
      return {
        level: 'problem',
        found: database.error.message,
        advice: `${database.error.advice} [${database.error.code}]`,
      };
    case 'ours':
      return judgeVersion(file, database);
  }
}

type OurDatabase = Extract<StateView['database'], { kind: 'ours' }>;

function judgeVersion(file: string, { hosts, segments, version }: OurDatabase): Answer {
  if (version > SCHEMA_VERSION) {
    return {
      level: 'problem',
      found: `${file} has schema version ${version}, this program knows up to ${SCHEMA_VERSION}`,
      advice: 'Install the release that wrote this database, or restore a backup made before it.',
    };
  }
  const behind = version < SCHEMA_VERSION ? `, serve brings it to ${SCHEMA_VERSION}` : '';
  const found = `schema version ${version}${behind}, ${count(hosts.length, 'registered host')}`;
  return { level: 'ok', found, facts: { registeredHosts: hosts, segments } };
}
