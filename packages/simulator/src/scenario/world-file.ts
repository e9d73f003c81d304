/**
 * `world.json` of a scenario: hosts and their room, Nova's timings, the instances with their
 * metadata, how the product is set up, and how long it all runs.
 */
import {
  DEFAULT_RULES,
  DEFAULT_TIMING,
  type EngineSettings,
  RecoveryMethod,
} from '@medevac/engine';
import { FENCINGS, type Fencing } from '../run/fencing.ts';
import type { ReplicaClock } from '../run/replica-life.ts';
import { WATCHDOG_SET } from '../world/proof-sets.ts';
import type { HookSpec } from '../world/scripted-hooks.ts';
import { FieldReader, unknownName } from './read-fields.ts';
import { parseHook } from './scenario-hooks.ts';

export interface InstancesSpec {
  readonly host: string;
  readonly count: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly bootsFromVolume: boolean;
  readonly hasLocalDisk: boolean;
}

export interface NovaTimings {
  readonly reportMs: number;
  readonly serviceDownMs: number;
  readonly scheduleMs: number;
  readonly bootMs: number;
  readonly latencyMs: number;
}

export interface WorldSpec {
  readonly seed: number;
  readonly runForMs: number;
  readonly hosts: number;
  readonly roomPerHost: number;
  readonly nova: NovaTimings;
  readonly instances: readonly InstancesSpec[];
  readonly recoveryMethod: string;
  /** Hosts kept in reserve: disabled in Nova, with room for so many instances. */
  readonly reserved: readonly { readonly host: string; readonly room: number }[];
  /** Sets of hosts in Nova. */
  readonly aggregates: readonly { readonly name: string; readonly hosts: readonly string[] }[];
  /** One per replica that runs from the beginning. */
  readonly replicas: readonly ReplicaClock[];
  readonly fencing: Fencing;
  /** The history of another fencer counts. */
  readonly importsFencing: boolean;
  /** Hosts have armed watchdogs, and the operator has declared what follows from that. */
  readonly hasWatchdogs: boolean;
  /** What the operator has run at points of a recovery. */
  readonly hooks: readonly HookSpec[];
  readonly engine: EngineSettings;
  /** `totals`: lines of single instances are left out, and the log ends with their number. */
  readonly instanceLines: 'each' | 'totals';
}

const HOUR_MS = 3_600_000;
const TIME = { least: 0, most: 48 * HOUR_MS };
/** A wait of the product may be longer than any scenario. */
const WAIT = { least: 0, most: 60 * 24 * HOUR_MS };
const ROOM = { least: 0, most: 10_000 };
const METHODS = Object.values(RecoveryMethod);
const TRUE_CLOCK: ReplicaClock = { offsetMs: 0, rate: 1 };

export function parseWorld(file: string, value: unknown): WorldSpec {
  const fields = new FieldReader(file, '', value);
  const hasWatchdogs = fields.boolean('hasWatchdogs', false);
  const spec: WorldSpec = {
    seed: fields.number('seed', { least: 0, most: 2 ** 32 - 1 }, 1),
    runForMs: fields.number('runForMs', { least: 1, most: TIME.most }),
    hosts: fields.number('hosts', { least: 1, most: 99 }),
    roomPerHost: fields.number('roomPerHost', { least: 0, most: 10_000 }, 100),
    nova: parseTimings(fields.part('nova')),
    instances: fields.parts('instances').map(parseInstances),
    recoveryMethod: fields.oneOf('recoveryMethod', METHODS, 'auto'),
    reserved: fields.parts('reserved').map(parseReserved),
    aggregates: fields.parts('aggregates').map(parseAggregate),
    replicas: fields.has('replicas') ? fields.parts('replicas').map(parseClock) : [TRUE_CLOCK],
    fencing: fields.oneOf('fencing', FENCINGS, 'trusted'),
    importsFencing: fields.boolean('importsFencing', false),
    hasWatchdogs,
    hooks: fields.parts('hooks').map((one) => parseHook(file, one)),
    engine: {
      ...parseEngine(fields.part('engine')),
      proofSets: hasWatchdogs ? [WATCHDOG_SET] : [],
    },
    instanceLines: fields.oneOf('instanceLines', ['each', 'totals'], 'each'),
  };
  fields.end();
  const names = hostNames(spec.hosts);
  for (const [index, { host }] of spec.instances.entries()) {
    if (!names.includes(host)) throw unknownName(file, `instances[${index}].host`, host, names);
  }
  for (const [index, { host }] of spec.reserved.entries()) {
    if (!names.includes(host)) throw unknownName(file, `reserved[${index}].host`, host, names);
  }
  for (const [index, { hosts }] of spec.aggregates.entries()) {
    const unknown = hosts.find((host) => !names.includes(host));
    if (unknown === undefined) continue;
    throw unknownName(file, `aggregates[${index}].hosts`, unknown, names);
  }
  return spec;
}

/** How the hosts of a world are named. */
export const hostNames = (hosts: number): readonly string[] =>
  Array.from({ length: hosts }, (_, index) => `compute-${index + 1}`);

function parseTimings(fields: FieldReader): NovaTimings {
  const timings = {
    reportMs: fields.number('reportMs', TIME, 10_000),
    serviceDownMs: fields.number('serviceDownMs', TIME, 60_000),
    scheduleMs: fields.number('scheduleMs', TIME, 2_000),
    bootMs: fields.number('bootMs', TIME, 8_000),
    latencyMs: fields.number('latencyMs', TIME, 40),
  };
  fields.end();
  return timings;
}

function parseInstances(fields: FieldReader): InstancesSpec {
  const spec = {
    host: fields.text('host'),
    count: fields.number('count', { least: 1, most: 10_000 }, 1),
    metadata: fields.texts('metadata'),
    bootsFromVolume: fields.boolean('bootsFromVolume', false),
    hasLocalDisk: fields.boolean('hasLocalDisk', false),
  };
  fields.end();
  return spec;
}

function parseReserved(fields: FieldReader): WorldSpec['reserved'][number] {
  const spec = { host: fields.text('host'), room: fields.number('room', ROOM, 100) };
  fields.end();
  return spec;
}

/** Its hosts as one text, with commas. */
function parseAggregate(fields: FieldReader): WorldSpec['aggregates'][number] {
  const hosts = fields.text('hosts').split(',');
  const spec = { name: fields.text('name'), hosts: hosts.map((host) => host.trim()) };
  fields.end();
  return spec;
}

function parseClock(fields: FieldReader): ReplicaClock {
  const clock = {
    offsetMs: fields.number('offsetMs', { least: -TIME.most, most: TIME.most }, 0),
    rate: fields.number('rate', { least: 0.5, most: 2, isFraction: true }, 1),
  };
  fields.end();
  return clock;
}

const AT_ONCE = { least: 1, most: 10_000 };

function parsePace(fields: FieldReader): EngineSettings['pace'] {
  const { openPerCloud, openPerSegment, openPerDestination, calls } = DEFAULT_RULES.pace;
  const pace = {
    openPerCloud: fields.number('openPerCloud', AT_ONCE, openPerCloud),
    openPerSegment: fields.number('openPerSegment', AT_ONCE, openPerSegment),
    openPerDestination: fields.number('openPerDestination', AT_ONCE, openPerDestination),
    calls: fields.number('calls', AT_ONCE, calls),
  };
  fields.end();
  return pace;
}

function parseEngine(fields: FieldReader): EngineSettings {
  const timing = fields.part('timing');
  const waits = Object.fromEntries(
    Object.entries<number>({ ...DEFAULT_TIMING }).map(([name, ms]) => [
      name,
      timing.number(name, WAIT, ms),
    ]),
  );
  timing.end();
  const isLearned = fields.boolean('learnsReportInterval', false);
  const settings: EngineSettings = {
    ...DEFAULT_RULES,
    storage: fields.oneOf('storage', ['shared', 'local'], 'shared'),
    evacuateAllInstances: fields.boolean('evacuateAllInstances', true),
    metadataKey: fields.text('metadataKey', 'HA_Enabled'),
    addsReservedHostToAggregates: fields.boolean('addsReservedHostToAggregates', false),
    returns: { ...DEFAULT_RULES.returns, movesBack: fields.boolean('movesBack', false) },
    reportIntervalMs: isLearned ? undefined : fields.number('reportIntervalMs', TIME, 10_000),
    keepHistoryMs: 90 * 24 * HOUR_MS,
    pace: parsePace(fields.part('pace')),
    timing: { ...DEFAULT_TIMING, ...waits },
  };
  fields.end();
  return settings;
}
