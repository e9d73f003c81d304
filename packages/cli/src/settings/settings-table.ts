/**
 * Every setting of `medevac serve`, once: its name in the file, in the environment and as an
 * option, what it means, how its text is read, and its default. Two have none on purpose.
 */

/** Reads the text of a setting; throws a sentence that says what is expected. */
export type ReadText<T> = (text: string) => T;

export interface Setting<T> {
  /**
   * As in the YAML file; the option is `--` and the environment variable `MEDEVAC_` in front of it.
   */
  readonly name: string;
  /** How the value is shown in the help. */
  readonly value: string;
  readonly help: string;
  readonly read: ReadText<T>;
  /** Absent: the setting must be given. */
  readonly fallback?: T;
  /** Of a time: what the text counts; a second unless given. */
  readonly unitMs?: number;
  /** For a missing declaration: what its values mean. */
  readonly meaning?: string;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const oneOf =
  <const T extends string>(...allowed: readonly T[]): ReadText<T> =>
  (text) => {
    const found = allowed.find((one) => one === text);
    if (found === undefined) throw new Error(`it must be one of ${allowed.join(', ')}`);
    return found;
  };

const text: ReadText<string> = (given) => {
  if (given.trim() === '') throw new Error('it must not be empty');
  return given;
};

const yesOrNo: ReadText<boolean> = (given) => {
  const lower = given.toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(lower)) return true;
  if (['false', 'no', 'off', '0'].includes(lower)) return false;
  throw new Error('it must be true or false');
};

const SECOND = { name: 'seconds', ms: 1000 } as const;
const DAY_SECONDS = 86_400;
const DAY = { name: 'days', ms: DAY_SECONDS * 1000 } as const;

/** A number of the unit, kept in milliseconds. */
const timeIn =
  (unit: typeof SECOND | typeof DAY, least: number, most: number): ReadText<number> =>
  (given) => {
    const value = Number(given);
    if (!Number.isFinite(value) || given.trim() === '' || value < least || value > most) {
      throw new Error(`it must be a number of ${unit.name} from ${least} to ${most}`);
    }
    return Math.round(value * unit.ms);
  };

const listenAddress: ReadText<ListenAddress> = (given) => {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(given);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port > 65_535) throw new Error('it must be HOST:PORT');
  return { host, port };
};

const databaseUrl: ReadText<string> = (given) => {
  if (!/^sqlite:.*\S/.test(given)) throw new Error('it must be sqlite:FILE in this release');
  return given;
};

export const SETTINGS = {
  fencing: {
    name: 'fencing',
    value: 'required|trusted',
    help: 'what counts as proof that a reported host is off',
    read: oneOf('required', 'trusted'),
    meaning:
      'required: a fence device must confirm that the host is off; ' +
      'trusted: whoever reports a failure has fenced the host before',
  },
  storage: {
    name: 'storage',
    value: 'shared|local',
    help: 'where the disks of instances are that were made from an image',
    read: oneOf('shared', 'local'),
    meaning:
      'shared: they outlive the host; ' +
      'local: they are lost with it, so only instances that boot from a volume are evacuated',
  },
  osCloud: {
    name: 'os-cloud',
    value: 'NAME',
    help: 'the cloud in clouds.yaml; without it OS_CLOUD or the OS_ variables count',
    read: text,
    fallback: undefined,
  },
  listen: {
    name: 'listen',
    value: 'HOST:PORT',
    help: 'address of the API',
    read: listenAddress,
    fallback: { host: '0.0.0.0', port: 15_868 },
  },
  state: {
    name: 'state',
    value: 'DIR',
    help: 'directory of the embedded database',
    read: text,
    fallback: '/var/lib/medevac',
  },
  database: {
    name: 'database',
    value: 'URL',
    help: 'database instead of the embedded one in --state',
    read: databaseUrl,
    fallback: undefined,
  },
  novaReportInterval: {
    name: 'nova-report-interval',
    value: 'SECONDS',
    help:
      "Nova's report_interval; shorter than Nova's default of 10 s only when given here; " +
      'a slower rhythm is learned by watching',
    read: timeIn(SECOND, 1, 300),
    fallback: undefined,
  },
  evacuateAllInstances: {
    name: 'evacuate-all-instances',
    value: 'true|false',
    help: 'also instances whose owners said nothing',
    read: yesOrNo,
    fallback: true,
  },
  haEnabledKey: {
    name: 'ha-enabled-key',
    value: 'KEY',
    help: 'metadata by which owners say whether an instance is evacuated',
    read: text,
    fallback: 'HA_Enabled',
  },
  duplicateWindow: {
    name: 'duplicate-window',
    value: 'SECONDS',
    help: 'an equal report within this time is a duplicate',
    read: timeIn(SECOND, 0, DAY_SECONDS),
    fallback: 180_000,
  },
  keepHistory: {
    name: 'keep-history',
    value: 'DAYS',
    help: 'what ended longer ago is dropped from the database',
    read: timeIn(DAY, 1, 36_500),
    fallback: 90 * DAY.ms,
    unitMs: DAY.ms,
  },
  lease: {
    name: 'lease',
    value: 'SECONDS',
    help: 'how long a replica may be silent before another one takes its recoveries over',
    read: timeIn(SECOND, 1, 60),
    fallback: 3_000,
  },
  trustProxyHeaders: {
    name: 'trust-proxy-headers',
    value: 'true|false',
    help: 'believe X-Forwarded-* of the proxy in front',
    read: yesOrNo,
    fallback: false,
  },
  logLevel: {
    name: 'log-level',
    value: 'LEVEL',
    help: 'debug, info, warn or error',
    read: oneOf('debug', 'info', 'warn', 'error'),
    fallback: 'info',
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

type Table = typeof SETTINGS;
export type SettingKey = keyof Table;

/** All settings, in the order in which they are shown. */
export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[];

/** The settings as read; those without a default are always there. */
export type ServeSettings = {
  readonly [Key in keyof Table]:
    | ReturnType<Table[Key]['read']>
    | (Table[Key] extends { readonly fallback: undefined } ? undefined : never);
};

export const optionOf = (setting: Pick<Setting<unknown>, 'name'>): string => `--${setting.name}`;

export const variableOf = (setting: Pick<Setting<unknown>, 'name'>): string =>
  `MEDEVAC_${setting.name.toUpperCase().replaceAll('-', '_')}`;

/** The default as an operator would write it; `undefined` when there is none. */
export function defaultText(setting: Setting<unknown>): string | undefined {
  const { fallback, unitMs = 1000 } = setting;
  if (typeof fallback === 'number') return String(fallback / unitMs);
  if (typeof fallback === 'string') return fallback;
  if (typeof fallback === 'boolean') return String(fallback);
  if (typeof fallback === 'object' && fallback !== null) return Object.values(fallback).join(':');
  return undefined;
}
