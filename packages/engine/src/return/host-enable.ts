/**
 * Stage B of a host's return, once it is approved or its probation is over: its service is enabled,
 * the recovery's maintenance flag is lifted, the instances that were never moved are started, and
 * the host is watched for a while. Every step observes first, so it can be repeated at any place; a
 * new incident of the host ends it.
 */
import { messageOf, type RunId } from '@medevac/kernel';
import { StepFailed, type StepOptions, type WorkflowDefinition } from '@medevac/workflow';
import { patiently } from '../recovery/context.ts';
import { type ReturnRecord, ReturnState } from '../stores/return-store.ts';
import { enableService } from './enable-service.ts';
import {
  type HostReturnParts,
  moveReturn,
  RETRY,
  type ReturnRun,
  readReturn,
  requireNoNewFailure,
} from './return-run.ts';
import { watchHost } from './watch-host.ts';

export const HOST_ENABLE = 'host-enable';

export const hostEnableRunId = (record: ReturnRecord): RunId =>
  `host-enable/${record.incidentId}/${record.tries}` as RunId;

/** A host that stays silent is watched until it reports or fails for good, and at most so long. */
const WATCH_MS = 86_400_000;

export function hostEnableWorkflow(parts: HostReturnParts): WorkflowDefinition {
  return {
    name: HOST_ENABLE,
    version: 1,
    run: async (scope, input) => {
      const record = await readReturn(parts, input);
      if (record === undefined) return 'nothing to do';
      const run = { parts, scope, record };
      if (record.state === ReturnState.enabling && !(await enable(run))) return 'not enabled';
      const now = await readReturn(parts, input);
      return now?.state === ReturnState.watching ? await watch(run) : 'nothing to do';
    },
    onInterrupted: async (scope, input, interruption) => {
      const record = await readReturn(parts, input);
      const message = interruption.reason;
      const run = { parts, scope, record: record as ReturnRecord };
      if (record?.state === ReturnState.enabling) {
        await moveReturn(run, { from: record.state, to: ReturnState.cleared, message });
      } else if (record?.state === ReturnState.watching) {
        await moveReturn(run, { from: record.state, to: ReturnState.cancelled, message });
      }
    },
  };
}

/** Whether the host is back in service. Not ready yet is no failure: it is asked again later. */
async function enable(run: ReturnRun): Promise<boolean> {
  const { parts, record, scope } = run;
  const { clock, stores } = parts.ports;
  const from = ReturnState.enabling;
  const options: StepOptions = { deadlineMs: parts.settings.timing.returnMs, retry: RETRY };
  try {
    const answer = await scope.step('enable-service', options, (attempt) =>
      enableService(run, attempt),
    );
    if (answer.kind !== 'enabled') {
      await moveReturn(run, { from, to: answer.kind, message: answer.reason });
      return false;
    }
    await scope.step('lift-maintenance', options, async () => {
      await requireNoNewFailure(parts, record, from);
      await scope.write((tenure) =>
        stores.incidents.liftMaintenance(tenure, record.hostUuid, clock.wallMs()),
      );
      return null;
    });
    const to = ReturnState.watching;
    return (await moveReturn(run, { from, to, message: answer.reason })) === 'written';
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    const message = messageOf(error.error.message);
    await moveReturn(run, { from, to: ReturnState.cleared, message });
    return false;
  }
}

async function watch(run: ReturnRun): Promise<string> {
  const answer = await run.scope.step('watch', patiently(WATCH_MS), (attempt) =>
    watchHost(run, attempt),
  );
  if (answer.kind === 'superseded') return answer.kind;
  const move = { from: ReturnState.watching, to: answer.kind, message: answer.reason };
  await moveReturn(run, move);
  return answer.kind;
}
