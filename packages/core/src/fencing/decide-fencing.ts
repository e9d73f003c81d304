/**
 * What is done next to make certain that a host is off. The plan has levels that are tried in their
 * order; within a level every device must confirm, because a host with two feeds runs on with one
 * of them.
 *
 * | what the record shows of the present level | next |
 * | --- | --- |
 * | a device without a try, or that failed and has tries and time left | try those |
 * | a device that failed for the last time | the next level, whatever the others said |
 * | all have confirmed, and the host has other devices or the level several | read all once more |
 * | all have confirmed and no device of the host reads On | confirmed |
 * | all have confirmed, and a device reads On or one of theirs does not answer | the next level |
 * | no level is left | failed, with the reasons of all |
 */
import { type Confirmation, confirmedTogether } from './confirmation.ts';
import { type DeviceReading, judgePower } from './judge-power.ts';

export interface FencingPlan {
  /** Names of devices; each level has at least one. */
  readonly levels: readonly (readonly string[])[];
  /** How often a device is tried before its level is given up; at least 1. */
  readonly triesPerDevice: number;
  /** No try of a level is repeated when it has lasted this long. */
  readonly levelMs: number;
}

export const DEFAULT_LEVEL_MS = 180_000;

/** Each device by itself, in their order, tried once: the whole plan is repeated anyway. */
export const oneByOne = (devices: readonly string[]): FencingPlan => ({
  levels: devices.map((device) => [device]),
  triesPerDevice: 1,
  levelMs: DEFAULT_LEVEL_MS,
});

/** What has happened so far in one pass through the plan, in order. */
export type FencingEvent =
  | {
      readonly kind: 'confirmed';
      readonly level: number;
      readonly device: string;
      readonly confirmation: Confirmation;
    }
  | {
      readonly kind: 'failed';
      readonly level: number;
      readonly device: string;
      readonly reason: string;
    }
  | { readonly kind: 'read'; readonly level: number; readonly readings: readonly DeviceReading[] };

export interface FencingFacts {
  readonly plan: FencingPlan;
  /** Names of the devices of the host that can read its power. */
  readonly readable: readonly string[];
  readonly events: readonly FencingEvent[];
  /** How long the present level has lasted. */
  readonly levelSpentMs: number;
}

export type FencingStep =
  | { readonly kind: 'try'; readonly level: number; readonly devices: readonly string[] }
  | { readonly kind: 'read'; readonly level: number; readonly devices: readonly string[] }
  | { readonly kind: 'confirmed'; readonly confirmation: Confirmation }
  | { readonly kind: 'failed'; readonly reasons: readonly string[] };

export function nextFencingStep(facts: FencingFacts): FencingStep {
  const { events, plan } = facts;
  const current = Math.max(0, ...events.map((one) => one.level));
  const reasons: string[] = [];
  for (const level of plan.levels.keys()) {
    // A level that was left is not gone back to.
    const spentMs = level < current ? Number.POSITIVE_INFINITY : facts.levelSpentMs;
    const step = stepOfLevel(facts, level, spentMs);
    if (step.kind !== 'failed') return step;
    reasons.push(...step.reasons);
  }
  return { kind: 'failed', reasons };
}

function stepOfLevel(facts: FencingFacts, level: number, spentMs: number): FencingStep {
  const { plan } = facts;
  const devices = plan.levels[level] ?? [];
  const events = facts.events.filter((one) => one.level === level);
  const confirmations: Confirmation[] = [];
  const toTry: string[] = [];
  const reasons: string[] = [];
  for (const device of devices) {
    const tries = events.filter((one) => one.kind !== 'read' && one.device === device);
    const last = tries.at(-1);
    if (last?.kind === 'confirmed') confirmations.push(last.confirmation);
    else if (last?.kind !== 'failed') toTry.push(device);
    else if (tries.length < plan.triesPerDevice && spentMs < plan.levelMs) toTry.push(device);
    else reasons.push(`${device}: ${last.reason}`);
  }
  if (reasons.length > 0)
    return { kind: 'failed', reasons: [...reasons, ...halves(confirmations)] };
  if (toTry.length > 0) return { kind: 'try', level, devices: toTry };
  const [first, ...others] = confirmations;
  if (first === undefined) return { kind: 'failed', reasons: [] };
  return lookAtAll(facts, level, confirmedTogether([first, ...others]));
}

const halves = (confirmations: readonly Confirmation[]): readonly string[] =>
  confirmations.map(({ by }) => `${by} confirmed, which is not enough without the others`);

/** What has confirmed for itself is read with all others: nothing may have come on since. */
function lookAtAll(facts: FencingFacts, level: number, confirmation: Confirmation): FencingStep {
  const { events, readable, plan } = facts;
  const devices = plan.levels[level] ?? [];
  const isAlone = devices.length === 1 && readable.every((one) => devices.includes(one));
  if (isAlone || confirmation.basis === 'trusted_report')
    return { kind: 'confirmed', confirmation };
  const read = events.findLast((one) => one.kind === 'read' && one.level === level);
  if (read?.kind !== 'read') return { kind: 'read', level, devices: readable };
  const judgement = judgePower(confirmation, read.readings);
  switch (judgement.kind) {
    case 'holds':
      return { kind: 'confirmed', confirmation };
    case 'on': {
      const on = judgement.devices.join(' and ');
      const reason = `${confirmation.by} confirmed, but ${on} reads on`;
      return { kind: 'failed', reasons: [reason] };
    }
    case 'unknown':
      return { kind: 'failed', reasons: [judgement.reason] };
  }
}
