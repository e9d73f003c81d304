/**
 * What a recovery has evacuated goes back to its host by live migration, when the host is in
 * service again and its watch is over, at a pace that nobody feels. Observes: instances and their
 * migrations. Changes: asks Nova for one live migration of each, to this host; Nova's scheduler
 * keeps the last word, so that no rule of a server group is broken, and what it refuses stays where
 * it is. Nothing is begun while any incident of the segment is open; a failure of the host ends it
 * for good. Every answer is a line of the return.
 */
import { whyNotMovedBack } from '@medevac/core';
import { type HostName, type InstanceUuid, LIMITS, messageOf } from '@medevac/kernel';
import type { Migration, Server } from '@medevac/openstack';
import { type Attempt, StepFailed } from '@medevac/workflow';
import {
  type MoveAnswer,
  type MoveBarrier,
  type MoveOrder,
  moveInstance,
} from '../maintenance/move-instance.ts';
import { patiently } from '../recovery/context.ts';
import { ReturnState } from '../stores/return-store.ts';
import { VmoveStatus } from '../stores/vmove-store.ts';
import type { ReturnRun } from './return-run.ts';

/** After this long nothing more is begun. */
const MOVE_BACK_MS = 86_400_000;
const STEP = patiently(2 * MOVE_BACK_MS);
const LIST_MS = 30_000;
/** An instance that somebody is at work on for longer stays where it is. */
const OTHERS_MS = 600_000;

/** Journaled: one instance that may go back, and what is known of how it came away. */
type Candidate = {
  readonly uuid: InstanceUuid;
  readonly name: string;
  readonly destHost: HostName;
  readonly evacuation: number | null;
};

/** How it ended, for people. */
export async function moveBack(run: ReturnRun): Promise<string> {
  const { parts, record, scope } = run;
  const { moveBackParallel, moveBackPauseMs } = parts.settings.returns;
  const host = record.hostName;
  const all = await scope.step('move-back-plan', STEP, (attempt) => plan(run, attempt));
  let moved = 0;
  const options = {
    key: ({ uuid }: Candidate): string => uuid,
    concurrency: moveBackParallel,
  };
  await scope.forEach('move-back', all, options, async (child, candidate) => {
    const answer = await moveOne({ ...run, scope: child }, candidate);
    const isMoved = answer.kind === 'moved' && answer.host === host;
    if (isMoved) moved += 1;
    await child.step('tell', STEP, async () => {
      await tell(run, candidate, answer);
      return null;
    });
    if (!isMoved) return;
    await child.step('pause', STEP, async (attempt) => {
      await parts.ports.clock.sleep(moveBackPauseMs, attempt.signal);
      return null;
    });
  });
  return `${moved} of ${all.length} instances are back on ${host}`;
}

async function plan({ parts, record }: ReturnRun, attempt: Attempt): Promise<Candidate[]> {
  const { nova, stores } = parts.ports;
  const filter = { incidentId: record.incidentId, status: VmoveStatus.succeeded };
  const page = await stores.vmoves.list({
    filter,
    // In the order of the plan.
    sort: [{ key: 'id', direction: 'asc' }],
    limit: LIMITS.instancesPerDrain,
  });
  const rows = page.kind === 'page' ? page.rows : [];
  const query = { sourceHost: record.hostName, type: 'evacuation' };
  const call = { deadlineMs: LIST_MS, signal: attempt.signal };
  const evacuations = await nova.listMigrations(query, call);
  return rows.flatMap(({ destHost, instanceName: name, instanceUuid: uuid }) => {
    if (destHost === null) return [];
    const ours = evacuations.find((one) => one.instanceUuid === uuid && one.destHost === destHost);
    return [{ uuid, name, destHost, evacuation: ours?.id ?? null }];
  });
}

async function moveOne(run: ReturnRun, candidate: Candidate): Promise<MoveAnswer> {
  try {
    return await run.scope.step('move', STEP, (attempt) =>
      moveInstance(run.parts, orderOf(run, candidate), attempt),
    );
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    return { kind: 'failed', reason: messageOf(error.error.message) };
  }
}

function orderOf(run: ReturnRun, { destHost, evacuation, uuid }: Candidate): MoveOrder {
  const facts = { destHost, evacuation: evacuation ?? undefined };
  return {
    ...{ uuid, source: destHost, destination: run.record.hostName },
    mark: evacuation ?? 0,
    tries: 1,
    othersMs: OTHERS_MS,
    barrier: () => barrierOf(run),
    objection: (server: Server, migrations: readonly Migration[]) =>
      whyNotMovedBack({ ...facts, server, migrations }),
    lack: async () => undefined,
    say: async () => {},
  };
}

/** What stands against moving anything back to the host now. */
async function barrierOf({ parts, record }: ReturnRun): Promise<MoveBarrier | undefined> {
  const { clock, stores } = parts.ports;
  const host = record.hostName;
  const now = await stores.returns.read(record.incidentId);
  if (now?.state !== ReturnState.movingBack) {
    return { kind: 'stop', reason: now?.message ?? `${host} has failed again` };
  }
  const registered = await stores.segments.readHost(record.hostUuid);
  if (registered === undefined) return end(`${host} is not registered any more`);
  if (registered.onMaintenance) return end(`${host} is on maintenance`);
  if ((await stores.drains.findOpen(host)) !== undefined) return end(`${host} is drained`);
  if (clock.wallMs() - now.updatedAtMs >= MOVE_BACK_MS) return end('it has had its time');
  const open = await stores.incidents.listOpen(LIMITS.runsPerReplica);
  const incident = open.find((one) => one.segmentUuid === registered.segmentUuid);
  if (incident !== undefined) {
    return { kind: 'hold', reason: `${incident.hostName} of the segment is reported as failed` };
  }
  const view = await parts.watch.refresh(host);
  if (view?.kind !== 'seen') return { kind: 'hold', reason: `Nova does not show ${host} now` };
  if (view.status === 'disabled' || view.forcedDown) return end(`${host} is out of service again`);
  return view.state === 'up' ? undefined : { kind: 'hold', reason: `Nova counts ${host} as down` };
}

const end = (reason: string): MoveBarrier => ({ kind: 'end', reason });

/** Told once, also when a crash has this said again. */
async function tell(run: ReturnRun, candidate: Candidate, answer: MoveAnswer): Promise<void> {
  const { parts, record, scope } = run;
  const { clock, log, stores } = parts.ports;
  const { name, uuid } = candidate;
  const message = `${name} (${uuid}): ${inWords(record.hostName, answer)}`;
  const lines = await stores.returns.readEvents(record.incidentId);
  if (lines.some((line) => line.message === message)) return;
  const failed = answer.kind === 'failed';
  log.info('return.move_back', { host: record.hostName, instance: uuid, answer: answer.kind });
  await scope.write((tenure) =>
    stores.returns.addEvent(tenure, record.incidentId, { message, failed, atMs: clock.wallMs() }),
  );
}

function inWords(host: HostName, answer: MoveAnswer): string {
  if (answer.kind !== 'moved') {
    const what = answer.kind === 'failed' ? 'not moved back' : 'left where it is';
    return `${what}: ${answer.reason}`;
  }
  if (answer.host !== host) return `left where it is: it was moved on, to ${answer.host}`;
  return answer.wasAsked ? 'moved back' : 'back already: somebody else has moved it';
}
