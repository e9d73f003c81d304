/**
 * Stage A of a host's return: once it reports to Nova again and has cleaned up after its
 * evacuations, `forced_down` is cleared. It then shows disabled and up, and stays on
 * maintenance until stage B (`host-enable.ts`). Observes: service and evacuation records. Changes:
 * `forced_down` alone, and only while no incident of the host is open. Safe to repeat.
 */
import { decideReturn } from '@medevac/core';
import { messageOf, type RunId } from '@medevac/kernel';
import { type Attempt, StepFailed, type WorkflowDefinition } from '@medevac/workflow';
import { type ReturnRecord, ReturnState } from '../stores/return-store.ts';
import { readTurn } from './read-turn.ts';
import {
  callOf,
  type HostReturnParts,
  moveReturn,
  notReady,
  RETRY,
  type ReturnRun,
  readReturn,
  reportsNow,
  requireNoNewFailure,
} from './return-run.ts';

export const HOST_RETURN = 'host-return';

export const hostReturnRunId = (record: ReturnRecord): RunId =>
  `host-return/${record.incidentId}/${record.tries}` as RunId;

type Answer =
  | { readonly kind: 'cleared' | 'cancelled'; readonly reason: string }
  /** The host does not report after all: it is looked at again when this stamp moves. */
  | { readonly kind: 'waiting'; readonly reason: string; readonly silentStamp: string };

export function hostReturnWorkflow(parts: HostReturnParts): WorkflowDefinition {
  return {
    name: HOST_RETURN,
    version: 1,
    run: async (scope, input) => {
      const record = await readReturn(parts, input);
      if (record === undefined || record.state !== ReturnState.clearing) return 'nothing to do';
      const run = { parts, scope, record };
      const options = { deadlineMs: parts.settings.timing.returnMs, retry: RETRY };
      try {
        const answer = await scope.step('clear-forced-down', options, (attempt) =>
          clearForcedDown(run, attempt),
        );
        const silentStamp = answer.kind === 'waiting' ? answer.silentStamp : undefined;
        const message = answer.reason + (await whatFollows(parts, record, answer));
        await moveReturn(run, { from: record.state, to: answer.kind, message, silentStamp });
        return answer.kind;
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
        // Not ready yet is no failure: the host is looked at again when it reports.
        const message = messageOf(error.error.message);
        await moveReturn(run, { from: record.state, to: ReturnState.waiting, message });
        return ReturnState.waiting;
      }
    },
    onInterrupted: async (scope, input, interruption) => {
      const record = await readReturn(parts, input);
      if (record?.state !== ReturnState.clearing) return;
      const move = { from: record.state, to: ReturnState.waiting, message: interruption.reason };
      await moveReturn({ parts, scope, record }, move);
    },
  };
}

/** What a host that is cleared waits for, for those who look at it. */
async function whatFollows(
  parts: HostReturnParts,
  record: ReturnRecord,
  answer: Answer,
): Promise<string> {
  if (answer.kind !== 'cleared') return '';
  const turn = await readTurn(parts, { ...record, updatedAtMs: parts.ports.clock.wallMs() });
  return turn?.kind === 'wait' ? `; ${turn.reason}` : '';
}

/** Told while it waits, because what it waits for may be the operator. */
async function tellWait(run: ReturnRun, message: string): Promise<void> {
  const { parts, record } = run;
  const now = await parts.ports.stores.returns.read(record.incidentId);
  if (now === undefined || now.state !== record.state || now.message === message) return;
  await moveReturn(run, { from: record.state, to: record.state, message });
}

async function clearForcedDown(run: ReturnRun, attempt: Attempt): Promise<Answer> {
  const { parts, record } = run;
  const { nova, stores } = parts.ports;
  const host = record.hostName;
  const reporting = await reportsNow(parts, record, attempt);
  // A moved stamp may have been a write of somebody to the service of a host that is still dead.
  if (!reporting.isReporting && reporting.stamp !== null) {
    const reason = `${host} does not report to Nova`;
    return { kind: 'waiting', reason, silentStamp: reporting.stamp };
  }
  const call = callOf({ parts, record }, attempt);
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
  if (action.kind === 'cleared') return { kind: 'cleared', reason: action.reason };
  if (action.kind === 'wait') {
    await tellWait(run, action.reason);
    throw notReady(action.reason);
  }
  const outcome = await attempt.effect(async () => {
    await requireNoNewFailure(parts, record, ReturnState.clearing);
    return await nova.changeService(record.serviceUuid, { forcedDown: false }, call);
  });
  if (outcome.kind === 'changed') {
    return { kind: 'cleared', reason: `${host} reports again; forced_down is cleared` };
  }
  throw notReady(outcome.kind === 'missing' ? `the service of ${host} is gone` : outcome.message);
}
