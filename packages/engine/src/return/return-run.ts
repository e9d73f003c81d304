/** What both stages of a host's return share: its record, its moves, and its reports. */
import { type IncidentId, invariant, type Json, OperationalError } from '@medevac/kernel';
import type { ComputeService } from '@medevac/openstack';
import type { Attempt, Scope } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { NovaWatch } from '../evidence/nova-watch.ts';
import type { EnginePorts } from '../ports.ts';
import type { EngineSettings } from '../settings.ts';
import type { ReturnRecord, ReturnState } from '../stores/return-store.ts';

export interface HostReturnParts {
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  readonly watch: NovaWatch;
}

export interface ReturnRun {
  readonly parts: HostReturnParts;
  readonly scope: Scope;
  readonly record: ReturnRecord;
}

export const RETRY = {
  maxAttempts: 1_000,
  firstDelayMs: 1_000,
  maxDelayMs: 10_000,
  factor: 2,
} as const;
/** Shorter than a usual silence: a late answer does not fall into the host's next failure. */
const CALL_MS = 8_000;
const LOOK_MS = 1_000;

export async function readReturn(
  parts: HostReturnParts,
  input: Json,
): Promise<ReturnRecord | undefined> {
  invariant(typeof input === 'string', 'the input of a return is its incident');
  return await parts.ports.stores.returns.read(input as IncidentId);
}

export interface MoveOptions {
  readonly from: ReturnState;
  readonly to: ReturnState;
  readonly message: string;
  readonly silentStamp?: string | undefined;
}

/** `lost` when somebody else, such as a new failure, has moved it before. */
export async function moveReturn(
  { parts, scope, record }: ReturnRun,
  { from, to, message, silentStamp }: MoveOptions,
): Promise<'written' | 'lost'> {
  const { clock, log, stores } = parts.ports;
  const stamp = silentStamp === undefined ? {} : { silentStamp };
  const move = { from, to, message, atMs: clock.wallMs(), ...stamp };
  const outcome = await scope.write((tenure) =>
    stores.returns.move(tenure, record.incidentId, move),
  );
  log.info('return.moved', { host: record.hostName, to, message, outcome });
  return outcome;
}

/** How long a call may take: a late answer must not fall behind the host's next silence. */
export function callOf({ parts, record }: Omit<ReturnRun, 'scope'>, attempt: Attempt) {
  return { deadlineMs: Math.min(CALL_MS, silenceMsOf(parts, record)), signal: attempt.signal };
}

/** A host that is unheard of for this long is silent. */
export const silenceMsOf = (parts: HostReturnParts, { hostName }: ReturnRecord): number =>
  parts.watch.reportIntervalMs(hostName) + parts.settings.timing.silenceMarginMs;

/** The return of a newer incident cancels this one without knowing of its run. */
export async function requireNoNewFailure(
  parts: HostReturnParts,
  record: ReturnRecord,
  state: ReturnState,
): Promise<void> {
  const { incidents, returns } = parts.ports.stores;
  const isOpen = (await incidents.findOpen(record.hostName)) !== undefined;
  const now = await returns.read(record.incidentId);
  if (isOpen || now?.state !== state) {
    throw notReady(`${record.hostName} is reported as failed again`);
  }
}

/**
 * Watches until a report moves the stamp between two reads of ours. A write to the service moves it
 * too, together with a setting: what comes after it is compared with it.
 */
export async function reportsNow(
  parts: HostReturnParts,
  record: ReturnRecord,
  attempt: Attempt,
): Promise<{ readonly isReporting: boolean; readonly stamp: string | null }> {
  const { clock } = parts.ports;
  const look = async (): Promise<ComputeService | undefined> => {
    const view = await parts.watch.refresh(record.hostName);
    return view?.kind === 'seen' ? view : undefined;
  };
  let before = await look();
  const endMs = clock.monotonicMs() + 3 * parts.watch.reportIntervalMs(record.hostName);
  while (clock.monotonicMs() < endMs) {
    await clock.sleep(LOOK_MS, attempt.signal);
    const now = await look();
    // A cell that comes back into sight is no report of the host.
    if (before !== undefined && now !== undefined && now.updatedAt !== before.updatedAt) {
      if (hasSameSettings(before, now)) return { isReporting: true, stamp: now.updatedAt };
    }
    before = now ?? before;
  }
  return { isReporting: false, stamp: before?.updatedAt ?? null };
}

const hasSameSettings = (before: ComputeService, now: ComputeService): boolean =>
  before.forcedDown === now.forcedDown &&
  before.status === now.status &&
  before.disabledReason === now.disabledReason;

export const notReady = (message: string): OperationalError =>
  new OperationalError(ENGINE_ERRORS.notReady, message);
