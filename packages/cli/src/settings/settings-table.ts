/**
 * Every setting of `medevac serve`, once: its name in the file, in the environment and as an
 * option, what it means, how its text is read, and its default. Two have none on purpose.
 */
import { DEFAULT_RETURN_RULES } from '@medevac/core';
import { isServerUrl, parseDatabaseUrl } from '@medevac/store';
import { trustedProxies } from '../protection/trusted-proxies.ts';
import { FAILURE_SETTINGS } from './failure-settings.ts';
import { FENCING_SETTINGS } from './fencing-settings.ts';
import { HOOK_SETTINGS } from './hook-settings.ts';
import { MOVE_BACK_SETTINGS } from './move-back-settings.ts';
import { PACE_SETTINGS } from './pace-settings.ts';
import { PROTECTION_SETTINGS } from './protection-settings.ts';
import {
  DAY,
  DAY_SECONDS,
  oneOf,
  type ReadText,
  SECOND,
  text,
  timeIn,
  yesOrNo,
} from './read-text.ts';

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
  /** A password may stand in its text: no message repeats it. */
  readonly isSecret?: boolean;
  /** A list or a mapping: in the file it is written as such. */
  readonly isStructured?: boolean;
  /** The default as an operator would write it, where that is not plain. */
  readonly shownDefault?: string;
  /** For a missing declaration: what its values mean. */
  readonly meaning?: string;
}

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const listenAddress: ReadText<ListenAddress> = (given) => {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(given);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port > 65_535) throw new Error('it must be HOST:PORT');
  return { host, port };
};

const httpUrl: ReadText<string> = (given) => {
  if (!/^https?:\/\/[^\s/?#]+[^\s?#]*$/.test(given)) {
    throw new Error('it must be http(s)://HOST with a port and a path, if any');
  }
  return given;
};

const listOf: ReadText<readonly string[]> = (given) => {
  const entries = given.split(',').map((entry) => entry.trim());
  if (entries.includes('')) throw new Error('it must be a list with commas and no empty entry');
  return entries;
};

const proxyList: ReadText<readonly string[]> = (given) => {
  const entries = listOf(given);
  trustedProxies(entries);
  return entries;
};

const databaseUrl: ReadText<string> = (given) => {
  if (isServerUrl(given)) parseDatabaseUrl(given);
  else if (!/^sqlite:.*\S/.test(given))
    throw new Error('it must be sqlite:FILE, mysql://..., mysql+pymysql://... or postgresql://...');
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
  ...FENCING_SETTINGS,
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
    help:
      'database instead of the embedded one in --state: mysql+pymysql://..., postgresql://... ' +
      'or sqlite:FILE',
    read: databaseUrl,
    fallback: undefined,
    isSecret: true,
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
  ...PROTECTION_SETTINGS,
  ...FAILURE_SETTINGS,
  ...HOOK_SETTINGS,
  ...PACE_SETTINGS,
  addReservedHostToAggregate: {
    name: 'add-reserved-host-to-aggregate',
    value: 'true|false',
    help: 'a reserved host joins the aggregates of the failed host before instances move to it',
    read: yesOrNo,
    fallback: false,
  },
  duplicateWindow: {
    name: 'duplicate-window',
    value: 'SECONDS',
    help: 'an equal report within this time is a duplicate',
    read: timeIn(SECOND, 0, DAY_SECONDS),
    fallback: 180_000,
  },
  returnToService: {
    name: 'return-to-service',
    value: 'approval|automatic',
    help:
      'when a repaired host is enabled again; approval: somebody sets on_maintenance to false; ' +
      'automatic: also when its probation is over',
    read: oneOf('approval', 'automatic'),
    fallback: DEFAULT_RETURN_RULES.policy,
  },
  returnProbation: {
    name: 'return-probation',
    value: 'SECONDS',
    help:
      'how long a repaired host stays out of service by itself; ' +
      'it doubles with every other failure within seven days, up to a day',
    read: timeIn(SECOND, 0, DAY_SECONDS),
    fallback: DEFAULT_RETURN_RULES.probationMs,
  },
  ...MOVE_BACK_SETTINGS,
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
    help: 'believe Forwarded and X-Forwarded-* of the proxy in front',
    read: yesOrNo,
    fallback: false,
  },
  trustedProxies: {
    name: 'trusted-proxies',
    value: 'LIST',
    help:
      'addresses and networks, with commas, of which --trust-proxy-headers believes the headers; ' +
      'without it every peer counts',
    read: proxyList,
    fallback: undefined,
  },
  linkPrefix: {
    name: 'link-prefix',
    value: 'URL',
    help: "address of the API in its own links, instead of the one in the caller's request",
    read: httpUrl,
    fallback: undefined,
  },
  disableFile: {
    name: 'disable-file',
    value: 'FILE',
    help: 'while this file exists /healthcheck answers 503',
    read: text,
    fallback: undefined,
  },
  policyFile: {
    name: 'policy-file',
    value: 'FILE',
    help: 'oslo.policy file with rules instead of the defaults; read again when it changes',
    read: text,
    fallback: undefined,
  },
  tokenCache: {
    name: 'token-cache',
    value: 'SECONDS',
    help: 'a valid token is remembered this long; a revoked one is refused after it at the latest',
    read: timeIn(SECOND, 0, 3_600),
    fallback: 60_000,
  },
  serviceTokenRoles: {
    name: 'service-token-roles',
    value: 'LIST',
    help:
      'roles, with commas, by one of which the token in X-Service-Token is that of a service; ' +
      'with it the token of a user may have ended',
    read: listOf,
    fallback: ['service'],
  },
  wwwAuthenticateUri: {
    name: 'www-authenticate-uri',
    value: 'URL',
    help: 'address of Keystone for callers without a valid token, instead of our own one',
    read: httpUrl,
    fallback: undefined,
  },
  tlsCertificate: {
    name: 'tls-certificate',
    value: 'FILE',
    help: 'certificate chain of the API in PEM, which makes it HTTPS; read again when it changes',
    read: text,
    fallback: undefined,
  },
  tlsKey: {
    name: 'tls-key',
    value: 'FILE',
    help: 'private key of --tls-certificate in PEM; read again when it changes',
    read: text,
    fallback: undefined,
  },
  tlsClientCa: {
    name: 'tls-client-ca',
    value: 'FILE',
    help: 'CAs in PEM; callers must show a certificate that one of them has signed',
    read: text,
    fallback: undefined,
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
  const { fallback, shownDefault, unitMs = 1000 } = setting;
  if (shownDefault !== undefined) return shownDefault;
  if (typeof fallback === 'number') return String(fallback / unitMs);
  if (typeof fallback === 'string') return fallback;
  if (typeof fallback === 'boolean') return String(fallback);
  if (typeof fallback === 'object' && fallback !== null) return Object.values(fallback).join(':');
  return undefined;
}
