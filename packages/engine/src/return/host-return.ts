/**
 * Stage A of a host's return: once it reports to Nova again and has cleaned up after its
 * evacuations, `forced_down` is cleared. It then shows disabled and up, and stays on maintenance
 * until an operator enables it. Observes: service and evacuation records. Changes: `forced_down`
 * alone, and only while no incident of the host is open. Safe to repeat.
 */
import { decideReturn } from '@medevac/core';
import {
  type IncidentId,
  invariant,
  type Json,
  messageOf,
  OperationalError,
  type RunId,
} from '@medevac/kernel';
import { type Attempt, type Scope, StepFailed, type WorkflowDefinition } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { NovaWatch } from '../evidence/nova-watch.ts';
import type { EnginePorts } from '../ports.ts';
import type { EngineSettings } from '../settings.ts';
import { type ReturnRecord, ReturnState } from '../stores/return-store.ts';

export const HOST_RETURN = 'host-return';

export const hostReturnRunId = (record: ReturnRecord): RunId =>
  `host-return/${record.incidentId}/${record.tries}` as RunId;

export interface HostReturnParts {
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  readonly watch: NovaWatch;
}

type Answer =
  | { readonly kind: 'cleared' | 'cancelled'; readonly reason: string }
  /** The host does not report after all: it is looked at again when this stamp moves. */
  | { readonly kind: 'waiting'; readonly reason: string; readonly silentStamp: string };

const RETRY = { maxAttempts: 1_000, firstDelayMs: 1_000, maxDelayMs: 10_000, factor: 2 } as const;
/** Shorter than a usual silence: a late answer does not fall into the host's next failure. */
const CALL_MS = 8_000;
const LOOK_MS = 1_000;

export function hostReturnWorkflow(parts: HostReturnParts): WorkflowDefinition {
  return {
    name: HOST_RETURN,
    version: 1,
    run: async (scope, input) => {
      const record = await readReturn(parts, input);
      if (record === undefined || record.state !== ReturnState.clearing) return 'nothing to do';
      const options = { deadlineMs: parts.settings.timing.returnMs, retry: RETRY };
      try {
        const answer = await scope.step('clear-forced-down', options, (attempt) =>
          clearForcedDown(parts, record, attempt),
        );
        const stamp = answer.kind === 'waiting' ? answer.silentStamp : undefined;
        await moveTo({ parts, scope, record, stamp }, answer.kind, answer.reason);
        return answer.kind;
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
        // Not ready yet is no failure: the host is looked at again when it reports.
        const why = messageOf(error.error.message);
        await moveTo({ parts, scope, record }, ReturnState.waiting, why);
        return ReturnState.waiting;
      }
    },
    onInterrupted: async (scope, input, interruption) => {
      const record = await readReturn(parts, input);
      if (record?.state !== ReturnState.clearing) return;
      await moveTo({ parts, scope, record }, ReturnState.waiting, interruption.reason);
    },
  };
}

async function readReturn(parts: HostReturnParts, input: Json): Promise<ReturnRecord | undefined> {
  invariant(typeof input === 'string', 'the input of a return is its incident');
  return await parts.ports.stores.returns.read(input as IncidentId);
}

interface ReturnRun {
  readonly parts: HostReturnParts;
  readonly scope: Scope;
  readonly record: ReturnRecord;
  readonly stamp?: string | undefined;
}

async function moveTo(run: ReturnRun, to: ReturnState, message: string): Promise<void> {
  const { parts, scope, record } = run;
  const { clock, log, stores } = parts.ports;
  const silentStamp = run.stamp === undefined ? {} : { silentStamp: run.stamp };
  const move = { from: record.state, to, message, atMs: clock.wallMs(), ...silentStamp };
  const outcome = await scope.write((tenure) =>
    stores.returns.move(tenure, record.incidentId, move),
  );
  log.info('return.moved', { host: record.hostName, to, message, outcome });
}

async function clearForcedDown(
  parts: HostReturnParts,
  record: ReturnRecord,
  attempt: Attempt,
): Promise<Answer> {
  const { nova, stores } = parts.ports;
  const host = record.hostName;
  const reporting = await reportsNow(parts, record, attempt);
  // A moved stamp may have been a write of somebody to the service of a host that is still dead.
  if (!reporting.isReporting && reporting.stamp !== null) {
    const reason = `${host} does not report to Nova`;
    return { kind: 'waiting', reason, silentStamp: reporting.stamp };
  }
  // A late answer must not fall behind the silence of the host's next failure.
  const silenceMs = parts.watch.reportIntervalMs(host) + parts.settings.timing.silenceMarginMs;
  const deadlineMs = Math.min(CALL_MS, silenceMs);
  const call = { deadlineMs, signal: attempt.signal };
  const query = { sourceHost: host, type: 'evacuation' };
  const evacuations = await nova.listMigrations(query, call);
  // Looked at after the list, because Nova leaves the records of a cell that is down out of it.
  const view = await parts.watch.refresh(host);
  if (view?.kind !== 'seen') throw notReady(`Nova does not show the service of ${host} now`);
  if (view.uuid !== record.serviceUuid) {
    return { kind: 'cancelled', reason: `${host} has registered anew in Nova as ${view.uuid}` };
  }
  // Asked last: a host that has just failed again must not be shown as up.
  const hasOpenIncident = (await stores.incidents.findOpen(host)) !== undefined;
  const action = decideReturn({
    host,
    forcedDown: view.forcedDown,
    isReporting: reporting.isReporting,
    hasOpenIncident,
    evacuations,
  });
  if (action.kind === 'cancel') return { kind: 'cancelled', reason: action.reason };
  if (action.kind === 'cleared') return { kind: 'cleared', reason: action.reason };
  if (action.kind === 'wait') throw notReady(action.reason);
  const outcome = await attempt.effect(async () => {
    await requireNoNewFailure(parts, record);
    return await nova.changeService(record.serviceUuid, { forcedDown: false }, call);
  });
  if (outcome.kind === 'changed') {
    return { kind: 'cleared', reason: `${host} reports again; forced_down is cleared` };
  }
  throw notReady(outcome.kind === 'missing' ? `the service of ${host} is gone` : outcome.message);
}

/** A new incident cancels the return without knowing of its run, which may be here already. */
async function requireNoNewFailure(parts: HostReturnParts, record: ReturnRecord): Promise<void> {
  const { incidents, returns } = parts.ports.stores;
  const isOpen = (await incidents.findOpen(record.hostName)) !== undefined;
  const now = await returns.read(record.incidentId);
  if (isOpen || now?.state !== ReturnState.clearing) {
    throw notReady(`${record.hostName} has failed again`);
  }
}

/**
 * Watches until the stamp moves between two reads of ours. One moved stamp alone may be a write of
 * somebody to the service; a report comes again and again.
 */
async function reportsNow(
  parts: HostReturnParts,
  record: ReturnRecord,
  attempt: Attempt,
): Promise<{ readonly isReporting: boolean; readonly stamp: string | null }> {
  const { clock } = parts.ports;
  const stamp = async (): Promise<string | null> => {
    const view = await parts.watch.refresh(record.hostName);
    return view?.kind === 'seen' ? view.updatedAt : null;
  };
  const first = await stamp();
  const endMs = clock.monotonicMs() + 3 * parts.watch.reportIntervalMs(record.hostName);
  while (clock.monotonicMs() < endMs) {
    await clock.sleep(LOOK_MS, attempt.signal);
    const now = await stamp();
    // A cell that comes back into sight is no report of the host.
    if (first !== null && now !== null && now !== first) return { isReporting: true, stamp: now };
  }
  return { isReporting: false, stamp: first };
}

const notReady = (message: string): OperationalError =>
  new OperationalError(ENGINE_ERRORS.notReady, message);
