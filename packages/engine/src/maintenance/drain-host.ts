/**
 * The workflow of one drain: look, move what is there, look again, until the host is empty; then
 * its service is disabled, and it is looked at once more. Instances that come meanwhile are moved
 * too. Nothing is begun while the host is reported as failed, and the proof of its failure ends the
 * drain (`failed-host.ts`): the incident takes over.
 */
import { type InstanceUuid, messageOf, OperationalError } from '@medevac/kernel';
import {
  type Attempt,
  type Scope,
  StepFailed,
  type StepOptions,
  type WorkflowDefinition,
} from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import { patiently } from '../recovery/context.ts';
import {
  type DrainInstanceChange,
  DrainInstanceStatus,
  DrainState,
} from '../stores/drain-store.ts';
import { type Disabling, disableEmptyHost, restoreService } from './disable-drained.ts';
import { lackOfRoom } from './drain-room.ts';
import {
  barrierOf,
  type DrainParts,
  type DrainRun,
  moveDrain,
  openDrainRun,
  readDrain,
  showDrain,
} from './drain-run.ts';
import { type HostLook, lookAtHost } from './look-at-host.ts';
import { type MoveAnswer, moveInstance } from './move-instance.ts';
import { DRAIN } from './run-id.ts';

/** Times that instances may come to the host while it is emptied. */
const PASSES = 100;
/** Migrations of one instance that may fail. */
const TRIES = 3;
/** What is under way at the deadline is watched for so long at most. */
const GRACE_MS = 2 * 3_600_000;
/** Named with their reasons at the end of a drain that is incomplete. */
const NAMED = 3;

export function drainWorkflow(parts: DrainParts): WorkflowDefinition {
  return {
    name: DRAIN,
    version: 1,
    run: async (scope, input) => {
      const run = await openDrainRun(parts, scope, input);
      if (!isWorking(run.drain.state)) return 'ended before';
      return await empty(run);
    },
    onInterrupted: async (scope, input, interruption) => {
      const run = await openDrainRun(parts, scope, input);
      if (!isWorking(run.drain.state)) return;
      await finish(run, `it could not be carried to its end: ${interruption.reason}`);
    },
  };
}

const isWorking = (state: DrainState): boolean =>
  state === DrainState.draining || state === DrainState.cancelling;

async function empty(run: DrainRun): Promise<string> {
  const options = patiently(run.drain.deadlineMs + GRACE_MS);
  for (let pass = 1; pass <= PASSES; pass++) {
    const look = await run.scope.step(`look-${pass}`, options, (attempt) =>
      lookAtHost(run, attempt),
    );
    if (look.kind === 'over') return await finish(run, look.reason);
    if (look.kind === 'move') {
      await moveAll(run, pass, look, options);
      continue;
    }
    const disabling: Disabling = await run.scope.step(`disable-${pass}`, options, (attempt) =>
      disableEmptyHost(run, attempt),
    );
    if (disabling.kind === 'over') return await finish(run, disabling.reason);
    if (disabling.kind === 'disabled' && (await settleDrained(run))) return DrainState.drained;
    // Called off in that moment: the next look ends it.
  }
  throw new OperationalError(
    ENGINE_ERRORS.refused,
    `instances came to ${run.drain.hostName} after each of ${PASSES} looks`,
    { retry: 'never' },
  );
}

async function settleDrained(run: DrainRun): Promise<boolean> {
  const message = `${run.drain.hostName} is empty and disabled`;
  const { draining, drained } = DrainState;
  const outcome = await moveDrain(run, { from: draining, to: drained, message });
  // A write whose answer was lost has done it, too.
  return outcome === 'written' || (await readDrain(run)).state === drained;
}

async function moveAll(
  run: DrainRun,
  pass: number,
  { uuids, mark }: Extract<HostLook, { kind: 'move' }>,
  options: StepOptions,
): Promise<void> {
  const { drain, scope } = run;
  await showDrain(run, `moving ${uuids.length} instances`);
  const all = { key: (uuid: InstanceUuid) => uuid, concurrency: drain.parallel };
  await scope.forEach(`pass-${pass}`, uuids, all, async (child, uuid) => {
    await moveOne({ ...run, scope: child }, uuid, mark, options);
  });
}

/** One instance to its final answer, also when the step itself could not go on. */
async function moveOne(
  run: DrainRun,
  uuid: InstanceUuid,
  mark: number,
  options: StepOptions,
): Promise<void> {
  let answer: MoveAnswer;
  try {
    answer = await run.scope.step('move', options, (attempt) => move(run, uuid, mark, attempt));
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    answer = { kind: 'failed', reason: messageOf(error.error.message) };
  }
  if (answer.kind === 'moved') {
    const message = answer.wasAsked ? null : 'somebody else has moved it';
    const moved = { status: DrainInstanceStatus.moved, destHost: answer.host, message };
    await changeInstance(run, uuid, moved);
  } else {
    await changeInstance(run, uuid, { status: answer.kind, message: answer.reason });
  }
}

function move(
  run: DrainRun,
  uuid: InstanceUuid,
  mark: number,
  attempt: Attempt,
): Promise<MoveAnswer> {
  const { hostName: source } = run.drain;
  let said: string | undefined;
  return moveInstance(
    run,
    {
      ...{ uuid, source, destination: undefined, mark, tries: TRIES },
      othersMs: Number.POSITIVE_INFINITY,
      barrier: () => barrierOf(run),
      objection: () => undefined,
      lack: (server, call) => lackOfRoom(run, source, server, call),
      say: async (message) => {
        if (said === message) return;
        said = message;
        await changeInstance(run, uuid, { status: DrainInstanceStatus.moving, message });
      },
    },
    attempt,
  );
}

/** A drain that has ended meanwhile has given every instance its answer. */
async function changeInstance(
  { drain, ports, scope }: DrainRun & { readonly scope: Scope },
  uuid: InstanceUuid,
  change: DrainInstanceChange,
): Promise<void> {
  const { clock, stores } = ports;
  const key = { drainId: drain.id, instanceUuid: uuid };
  await scope.write((tenure) => stores.drains.changeInstance(tenure, key, change, clock.wallMs()));
}

/** It does not become empty: whatever was disabled is enabled again, and every answer is given. */
async function finish(run: DrainRun, reason: string): Promise<string> {
  const { drain, ports, scope, settings } = run;
  const working = [DrainState.draining, DrainState.cancelling];
  const now = await readDrain(run);
  // Whoever has ended it has given the answers, too.
  if (now.closedAtMs !== null) return now.state;
  let service: string;
  try {
    const options = patiently(settings.timing.returnMs);
    service = await scope.step('restore', options, (attempt) =>
      restoreService(run, working, attempt),
    );
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    service = messageOf(error.error.message);
  }
  const rows = await ports.stores.drains.instancesOf(drain.id);
  for (const row of rows) {
    const { pending, moving, left } = DrainInstanceStatus;
    if (row.status !== pending && row.status !== moving) continue;
    await changeInstance(run, row.instanceUuid, { status: left, message: reason });
  }
  const words = await inWords(run, reason, service);
  // It may be called off in this very moment; from there only its end is left.
  for (let tries = 0; tries < working.length; tries++) {
    const { state: from } = await readDrain(run);
    if (!isWorking(from)) return from;
    const to = from === DrainState.draining ? DrainState.incomplete : DrainState.cancelled;
    if ((await moveDrain(run, { from, to, message: words })) === 'written') return to;
  }
  return (await readDrain(run)).state;
}

async function inWords({ drain, ports }: DrainRun, reason: string, service: string) {
  const rows = await ports.stores.drains.instancesOf(drain.id);
  const { moved } = DrainInstanceStatus;
  const left = rows.filter((row) => row.status !== moved);
  const named = left.slice(0, NAMED).map((row) => `${row.instanceName}: ${row.message}`);
  const more = left.length > NAMED ? `; and ${left.length - NAMED} more` : '';
  const count = `${rows.length - left.length} of ${rows.length} instances were moved`;
  return [reason, service, count, ...named].join('; ') + more;
}
