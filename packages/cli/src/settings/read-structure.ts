/**
 * Settings that are lists or mappings: YAML in the file, and the same as text in an option or in
 * the environment, where JSON is the handy form of it.
 */
import {
  type EventAction,
  type Exclusion,
  HaPolicy,
  INSTANCE_EVENTS,
  type ProcessAction,
  REPAIR_WAYS,
  type RepairWay,
  readHaPolicy,
  readPriority,
} from '@medevac/core';
import { parse } from 'yaml';
import type { ReadText } from './read-text.ts';

/** Names of the conditions of an exclusion, as operators write them. */
const CONDITIONS = {
  'instance-name': 'instanceName',
  project: 'projectId',
  tag: 'tag',
  metadata: 'metadata',
} as const satisfies Readonly<Record<string, keyof Exclusion>>;

const isCondition = (name: string): name is keyof typeof CONDITIONS => name in CONDITIONS;

export function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    throw new Error('it must be YAML or JSON');
  }
}

export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A mapping whose values are read one by one. */
const mapping =
  <T>(what: string, readValue: (text: string) => T | undefined): ReadText<Record<string, T>> =>
  (text) => {
    const given = parseYaml(text) ?? {};
    if (!isMapping(given)) throw new Error(`it must be a mapping to ${what}`);
    const entries = Object.entries(given).map(([key, value]): [string, T] => {
      const read = readValue(String(value));
      if (read !== undefined) return [key, read];
      throw new Error(`${key} in it is ${JSON.stringify(value)} and must be ${what}`);
    });
    return Object.fromEntries(entries);
  };

export const policies = mapping(
  `one of ${Object.values(HaPolicy).join(', ')}`,
  (text): HaPolicy | undefined => readHaPolicy(text),
);

const EVENT_ACTIONS: readonly EventAction[] = ['ignore', 'restart', 'reboot'];
const PROCESS_ACTIONS: readonly ProcessAction[] = ['ignore', 'disable'];

const readEventActions = mapping(
  `one of ${EVENT_ACTIONS.join(', ')}`,
  (text): EventAction | undefined => EVENT_ACTIONS.find((one) => one === text),
);

/** A misspelt event would silently stay without its action. */
export const eventActions: ReadText<Record<string, EventAction>> = (text) => {
  const read = readEventActions(text);
  for (const name of Object.keys(read)) {
    if (INSTANCE_EVENTS.some(({ event }) => event === name)) continue;
    const known = INSTANCE_EVENTS.map(({ event }) => event).join(', ');
    throw new Error(`${name} in it is no event; known are ${known}`);
  }
  return read;
};

export const processActions = mapping(
  `one of ${PROCESS_ACTIONS.join(', ')}`,
  (text): ProcessAction | undefined => PROCESS_ACTIONS.find((one) => one === text),
);

/** In the order in which they are tried, whatever the order in which they are written. */
export const repairWays: ReadText<readonly RepairWay[]> = (text) => {
  const given = text.split(',').map((one) => one.trim());
  const isKnown = given.every((one) => REPAIR_WAYS.some((way) => way === one));
  if (!isKnown) throw new Error(`it must be a list of ${REPAIR_WAYS.join(', ')} with commas`);
  return REPAIR_WAYS.filter((way) => given.includes(way));
};

export const priorities = mapping('a whole number from 0 to 10', readPriority);

export const priority: ReadText<number> = (text) => {
  const read = readPriority(text);
  if (read === undefined) throw new Error('it must be a whole number from 0 to 10');
  return read;
};

export interface PriorityRange {
  readonly least: number;
  readonly most: number;
}

export const priorityRange: ReadText<PriorityRange> = (text) => {
  const [least, most, ...rest] = text.split('-').map(readPriority);
  if (least === undefined || most === undefined || rest.length > 0 || least > most) {
    throw new Error('it must be LEAST-MOST, two whole numbers from 0 to 10');
  }
  return { least, most };
};

export const exclusions: ReadText<readonly Exclusion[]> = (text) => {
  const given = parseYaml(text) ?? [];
  if (!Array.isArray(given)) throw new Error('it must be a list of exclusions');
  return given.map((one: unknown, index) => readExclusion(one, index + 1));
};

function readExclusion(given: unknown, number: number): Exclusion {
  const names = Object.keys(CONDITIONS).join(', ');
  if (!isMapping(given)) throw new Error(`exclusion ${number} must be a mapping with ${names}`);
  const { name = `exclusion-${number}`, ...conditions } = given;
  const entries = Object.entries(conditions).map(([key, value]): [string, string] => {
    if (!isCondition(key)) throw new Error(`exclusion ${number} has ${key}, none of ${names}`);
    return [CONDITIONS[key], String(value)];
  });
  if (entries.length === 0) throw new Error(`exclusion ${number} has no condition: ${names}`);
  return { ...Object.fromEntries(entries), name: String(name) };
}
