/** What every step of one repair shares: its record, its timeline, and what holds it back. */
import { IncidentState, type NotificationStatus } from '@medevac/core';
import { type HostName, invariant, type Json, type RepairId } from '@medevac/kernel';
import type { Attempt, Scope } from '@medevac/workflow';
import type { NovaWatch } from '../evidence/nova-watch.ts';
import type { EnginePorts } from '../ports.ts';
import type { Surroundings } from '../recovery/surroundings.ts';
import type { EngineSettings } from '../settings.ts';
import { DrainState } from '../stores/drain-store.ts';
import type { RepairRecord } from '../stores/repair-store.ts';
import type { HostRecord } from '../stores/segment-store.ts';

export interface RepairParts {
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  readonly watch: NovaWatch;
  readonly surroundings: Surroundings;
}

export interface Repairing extends RepairParts {
  readonly scope: Scope;
  /** As it was when the run was taken up. */
  readonly repair: RepairRecord;
}

/** Steps of the timeline, named as operators know them from Masakari where there is one. */
export const RepairStep = {
  judge: 'JudgeFailureTask',
  stop: 'StopInstanceTask',
  start: 'StartInstanceTask',
  confirm: 'ConfirmInstanceActiveTask',
  reboot: 'RebootInstanceTask',
  migrate: 'MigrateInstanceTask',
  disable: 'DisableComputeNodeTask',
  confirmDisabled: 'ConfirmComputeNodeDisabledTask',
  enable: 'EnableComputeNodeTask',
} as const;
export type RepairStep = (typeof RepairStep)[keyof typeof RepairStep];

/** The most rounds of one repair: each new report of its subject may begin one. */
export const ROUNDS = 1_000;

const CALL_MS = 20_000;

export async function openRepairing(
  parts: RepairParts,
  scope: Scope,
  input: Json,
): Promise<Repairing> {
  invariant(typeof input === 'string', 'the input of a repair is its id');
  const repair = await parts.ports.stores.repairs.read(input as RepairId);
  invariant(repair !== undefined, `there is no repair ${input}`);
  return { ...parts, scope, repair };
}

/** The record as it is now. */
export async function readRepair({ ports, repair }: Repairing): Promise<RepairRecord> {
  const now = await ports.stores.repairs.read(repair.id);
  invariant(now !== undefined, `the repair ${repair.id} is gone`);
  return now;
}

export const callOf = (attempt: Attempt) => ({
  deadlineMs: Math.min(attempt.remainingMs(), CALL_MS),
  signal: attempt.signal,
});

export interface TimelineLine {
  readonly message: string;
  /** 0 to 1 within the step. */
  readonly progress: number;
  readonly failed?: boolean;
}

/** Adds a line unless the step's last one says the same: a step that is repeated tells it once. */
export async function note(
  { ports, repair, scope }: Repairing,
  step: RepairStep,
  { message, progress, failed = false }: TimelineLine,
): Promise<void> {
  const { repairs } = ports.stores;
  const lines = await repairs.readEvents(repair.id);
  const last = lines.findLast((line) => line.step === step);
  if (lines.at(-1) === last && last?.message === message) return;
  const event = { step, message, progress, failed, atMs: ports.clock.wallMs() };
  await scope.write((tenure) => repairs.addEvent(tenure, repair.id, event));
}

/** What stands against any effect of a repair. */
export type Barrier =
  /** It may go: the repair looks again later. */
  | { readonly kind: 'hold'; readonly reason: string }
  /** It does not: the repair ends with this answer. */
  | { readonly kind: 'end'; readonly reason: string };

/** States of an incident in which it is not settled yet whether the host has failed. */
const UNDECIDED: readonly IncidentState[] = [IncidentState.suspected, IncidentState.held];

/** Read anew before every effect: a failure of the host comes before one of its instances. */
export async function barrierOf(
  { ports, repair }: Repairing,
  place: HostName = repair.hostName,
): Promise<Barrier | undefined> {
  const { incidents, segments } = ports.stores;
  const { hostName } = repair;
  const host = await segments.readHost(repair.hostUuid);
  const segment = await segments.readSegment(repair.segmentUuid);
  if (host === undefined || segment === undefined) {
    return { kind: 'end', reason: `${hostName} is no longer registered in a segment` };
  }
  for (const name of new Set([hostName, place])) {
    const incident = await incidents.findOpen(name);
    if (incident === undefined) continue;
    const reason = `${name} itself is said to have failed: incident ${incident.id}`;
    const isUndecided = UNDECIDED.includes(incident.state);
    return { kind: isUndecided ? 'hold' : 'end', reason };
  }
  if (host.onMaintenance && !(await isDraining(host, ports.stores))) {
    return { kind: 'end', reason: `${hostName} is on maintenance` };
  }
  if (!segment.enabled) {
    return { kind: 'hold', reason: `the segment ${segment.name} is disabled` };
  }
  return undefined;
}

/** What is not moved away yet is brought back as on any host: a drain mutes nothing. */
async function isDraining(
  host: HostRecord,
  { drains }: Pick<EnginePorts['stores'], 'drains'>,
): Promise<boolean> {
  if (!host.isMaintenanceOurs) return false;
  const drain = await drains.findOpen(host.name);
  return drain?.state === DrainState.draining || drain?.state === DrainState.cancelling;
}

/** Shows why it is held, on its notifications and on its timeline. */
export async function showHeld(repairing: Repairing, reason: string): Promise<void> {
  const { ports, repair, scope } = repairing;
  const message = `Held: ${reason}`;
  if ((await readRepair(repairing)).message === message) return;
  const change = { status: 'running', message, atMs: ports.clock.wallMs() } as const;
  await scope.write((tenure) => ports.stores.repairs.change(tenure, repair.id, change));
  await note(repairing, RepairStep.judge, { message, progress: 0.5 });
}

export interface Ending {
  readonly status: NotificationStatus;
  readonly reason: string;
  /** Reports that this ending answers. */
  readonly reports: number;
}

/** `false`: another report has joined since, and waits for an answer of its own. */
export async function closeRepair(
  { ports, repair, scope }: Repairing,
  { status, reason, reports }: Ending,
): Promise<boolean> {
  const { clock, log, stores } = ports;
  const change = { status, message: reason, atMs: clock.wallMs(), closesAfterReports: reports };
  const outcome = await scope.write((tenure) => stores.repairs.change(tenure, repair.id, change));
  if (outcome === 'lost') {
    // A write whose answer was lost has closed it, too.
    const now = await stores.repairs.read(repair.id);
    return now?.closedAtMs !== null;
  }
  log.info('repair.ended', { repair: repair.id, subject: repair.subject, status, reason });
  return true;
}

/** What becomes of a repair whose run was cancelled or could not go on. */
export async function giveUpRepair(repairing: Repairing, why: string): Promise<void> {
  const reason = `The repair could not be carried to its end: ${why}`;
  for (;;) {
    const { closedAtMs, reports } = await readRepair(repairing);
    if (closedAtMs !== null) return;
    if (await closeRepair(repairing, { status: 'failed', reason, reports })) return;
  }
}
