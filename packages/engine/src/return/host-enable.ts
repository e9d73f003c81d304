/**
 * Stage B of a host's return, once it is approved or its probation is over: its service is enabled,
 * the recovery's maintenance flag is lifted, the instances that were never moved are started, the
 * host is watched for a while, and what was evacuated is moved back where the settings say so.
 * Every step observes first, so it can be repeated at any place; a new incident of the host ends
 * it.
 */
import { messageOf, type RunId } from '@medevac/kernel';
import { StepFailed, type StepOptions, type WorkflowDefinition } from '@medevac/workflow';
import { HookPoint } from '../hooks/hook.ts';
import { passReturnPoint } from '../hooks/return-points.ts';
import { patiently } from '../recovery/context.ts';
import { type ReturnRecord, ReturnState } from '../stores/return-store.ts';
import { enableService } from './enable-service.ts';
import { moveBack } from './move-back.ts';
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
      if (now?.state === ReturnState.watching) return await watch(run);
      return now?.state === ReturnState.movingBack ? await bringBack(run) : 'nothing to do';
    },
    onInterrupted: async (scope, input, interruption) => {
      const record = await readReturn(parts, input);
      const message = interruption.reason;
      const run = { parts, scope, record: record as ReturnRecord };
      if (record?.state === ReturnState.enabling) {
        await moveReturn(run, { from: record.state, to: ReturnState.cleared, message });
      } else if (record?.state === ReturnState.watching) {
        await moveReturn(run, { from: record.state, to: ReturnState.cancelled, message });
      } else if (record?.state === ReturnState.movingBack) {
        // The host itself is back in service, whatever became of its instances.
        await moveReturn(run, { from: record.state, to: ReturnState.returned, message });
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
    if (!(await mayEnable(run, options))) return false;
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

/** Hooks come first: everything is looked at anew behind them. */
async function mayEnable(run: ReturnRun, options: StepOptions): Promise<boolean> {
  if (run.scope.wasDone('enable-service')) return true;
  const end = await passReturnPoint(run, HookPoint.beforeReturn, options);
  if (end.kind === 'passed') return true;
  const { enabling: from, cleared: to } = ReturnState;
  const message = `${run.record.hostName} is not enabled: it is reported as failed again`;
  await moveReturn(run, { from, to, message });
  return false;
}

async function watch(run: ReturnRun): Promise<string> {
  const answer = await run.scope.step('watch', patiently(WATCH_MS), (attempt) =>
    watchHost(run, attempt),
  );
  if (answer.kind === 'superseded') return answer.kind;
  const trouble = answer.kind === 'returned' ? await tellReturned(run) : '';
  const message = answer.reason + trouble;
  const movesBack = answer.kind === 'returned' && run.parts.settings.returns.movesBack;
  const to = movesBack ? ReturnState.movingBack : answer.kind;
  await moveReturn(run, { from: ReturnState.watching, to, message });
  return movesBack ? await bringBack(run) : answer.kind;
}

async function bringBack(run: ReturnRun): Promise<string> {
  const message = `${run.record.hostName} is back in service; ${await moveBack(run)}`;
  const { movingBack: from, returned: to } = ReturnState;
  await moveReturn(run, { from, to, message });
  return to;
}

/** A hook that holds keeps the return open until its time is up; the host is in service anyway. */
async function tellReturned(run: ReturnRun): Promise<string> {
  try {
    await passReturnPoint(run, HookPoint.afterReturn, { deadlineMs: WATCH_MS });
    return '';
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return `; ${messageOf(error.error.message)}`;
  }
}
