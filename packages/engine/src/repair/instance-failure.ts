/**
 * The workflow of one failed instance on a living host: look, wait out the back-off, try the next
 * way, until it runs or nothing is left to try. Each step observes, asks only if that is still
 * needed, and is safe to repeat; a failure of the host stops it before its next request.
 */
import type { Json } from '@medevac/kernel';
import type { WorkflowDefinition } from '@medevac/workflow';
import { patiently } from '../recovery/context.ts';
import {
  closeRepair,
  note,
  type Repairing,
  type RepairParts,
  RepairStep,
  ROUNDS,
  readRepair,
} from './context.ts';
import { readActions } from './drive-instance.ts';
import { type Look, lookAtInstance, type Tried } from './look-at-instance.ts';
import { begunTooOften, repairWorkflow } from './repair-workflow.ts';
import { INSTANCE_FAILURE } from './run-id.ts';
import { tryWay } from './try-way.ts';

export const instanceFailureWorkflow = (parts: RepairParts): WorkflowDefinition =>
  repairWorkflow(parts, INSTANCE_FAILURE, repairInstance);

async function repairInstance(repairing: Repairing): Promise<Json> {
  const { repair, scope, settings } = repairing;
  const options = patiently(settings.timing.instanceMs);
  const mark = await scope.step('begin', options, async (attempt) => {
    const [newest] = await readActions(repairing, attempt);
    return newest?.requestId ?? null;
  });
  const fresh: Tried = { host: repair.hostName, ways: [], lastAct: 'none', mark };
  let tried = fresh;
  for (let round = 1; round <= ROUNDS; round++) {
    const look = await lookAndWait(repairing, round, tried);
    if (look.kind === 'end') {
      if (await end(repairing, look)) return look.status;
      tried = { ...tried, ways: [] };
      continue;
    }
    await begin(repairing, round, look);
    const result = await tryWay(repairing, round, look, tried);
    const { host, lastAct, reports, reason } = result;
    if (result.kind === 'reached') {
      const said = `Instance ${repair.subject} runs again on ${host}.`;
      if (await closeRepair(repairing, { status: 'finished', reason: said, reports })) {
        return 'finished';
      }
      // It has failed once more since it was started: the next way is the first one again.
      tried = { ...tried, host, lastAct, ways: [] };
      continue;
    }
    repairing.ports.log.warn('repair.way_failed', { repair: repair.id, way: look.way, reason });
    const ways = result.kind === 'failed' ? [...tried.ways, look.way] : tried.ways;
    tried = { ...tried, host, lastAct, ways };
  }
  throw begunTooOften(repairing);
}

/** What is to be done now, after the back-off: then it is looked at once more. */
async function lookAndWait(repairing: Repairing, round: number, tried: Tried): Promise<Look> {
  const { ports, scope, settings } = repairing;
  const options = patiently(settings.timing.heldMs * 2);
  const look = (name: string): Promise<Look> =>
    scope.step(`${name}-${round}`, options, (attempt) => lookAtInstance(repairing, tried, attempt));
  const first = await look('look');
  if (first.kind === 'end' || first.afterMs === 0) return first;
  await scope.step(`back-off-${round}`, options, async (attempt) => {
    const seconds = Math.round(first.afterMs / 1000);
    const message = `Waiting ${seconds} s before the instance is brought back again`;
    await note(repairing, RepairStep.judge, { message, progress: 0.5 });
    await ports.clock.sleep(first.afterMs, attempt.signal);
    return null;
  });
  return await look('look-again');
}

/** From here on the try counts, whatever becomes of it. */
async function begin(
  repairing: Repairing,
  round: number,
  { way }: Extract<Look, { kind: 'try' }>,
): Promise<void> {
  const { ports, repair, scope, settings } = repairing;
  const { clock, stores } = ports;
  const options = patiently(settings.timing.instanceMs);
  await scope.step(`count-${round}`, options, async () => {
    await scope.write((tenure) => stores.repairs.noteTry(tenure, repair.id, round, clock.wallMs()));
    const message = `Bringing the instance back: ${way}`;
    await note(repairing, RepairStep.judge, { message, progress: 1 });
    return null;
  });
}

async function end(
  repairing: Repairing,
  { status, reason, reports }: Extract<Look, { kind: 'end' }>,
): Promise<boolean> {
  if (status === 'failed') {
    await note(repairing, RepairStep.judge, { message: reason, progress: 1, failed: true });
  }
  if (await closeRepair(repairing, { status, reason, reports })) return true;
  // The ending answers what has joined since as well when nothing was done about it.
  const now = await readRepair(repairing);
  return await closeRepair(repairing, { status, reason, reports: now.reports });
}
