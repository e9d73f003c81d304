/** What every step of one drain shares: its record, what stands against going on, its words. */
import { IncidentState, isMigrationOpen, keepsHostBusy } from '@medevac/core';
import {
  type DrainId,
  type HostName,
  invariant,
  type Json,
  LIMITS,
  OperationalError,
  type SegmentUuid,
} from '@medevac/kernel';
import type { Call, ComputeService, Migration, Server } from '@medevac/openstack';
import type { Attempt, Scope } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { NovaWatch } from '../evidence/nova-watch.ts';
import type { EnginePorts } from '../ports.ts';
import type { EngineSettings } from '../settings.ts';
import { type DrainMove, type DrainRecord, DrainState } from '../stores/drain-store.ts';
import type { MoveBarrier } from './move-instance.ts';

export interface DrainParts {
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  readonly watch: NovaWatch;
}

export interface DrainRun extends DrainParts {
  readonly scope: Scope;
  /** As it was when the run was taken up. */
  readonly drain: DrainRecord;
}

/** Shorter than a usual silence: a late answer does not fall into the host's next failure. */
const CALL_MS = 8_000;
const LIST_MS = 30_000;

/** States of an incident in which its recovery needs the room and the ear of Nova. */
const WORKED_ON: ReadonlySet<IncidentState> = new Set([
  IncidentState.fencing,
  IncidentState.planning,
  IncidentState.evacuating,
]);

export async function openDrainRun(
  parts: DrainParts,
  scope: Scope,
  input: Json,
): Promise<DrainRun> {
  invariant(typeof input === 'string', 'the input of a drain is its id');
  const drain = await parts.ports.stores.drains.read(input as DrainId);
  invariant(drain !== undefined, `there is no drain ${input}`);
  return { ...parts, scope, drain };
}

/** The record as it is now. */
export async function readDrain({ ports, drain }: DrainRun): Promise<DrainRecord> {
  const now = await ports.stores.drains.read(drain.id);
  invariant(now !== undefined, `the drain ${drain.id} is gone`);
  return now;
}

/** What stands against beginning anything for the drain now. */
export async function barrierOf(run: DrainRun): Promise<MoveBarrier | undefined> {
  const { drain, ports } = run;
  const { clock, stores } = ports;
  const now = await readDrain(run);
  if (now.closedAtMs !== null) {
    return { kind: 'stop', reason: now.message ?? 'the drain has ended' };
  }
  if (now.state === DrainState.cancelling) {
    return { kind: 'end', reason: now.message ?? 'the drain was called off' };
  }
  if (clock.wallMs() - drain.openedAtMs >= drain.deadlineMs) {
    const minutes = Math.round(drain.deadlineMs / 60_000);
    return { kind: 'end', reason: `the drain has had its ${minutes} min` };
  }
  const incident = await stores.incidents.findOpen(drain.hostName);
  if (incident !== undefined) {
    const reason = `${drain.hostName} is reported as failed: incident ${incident.id}`;
    return { kind: 'hold', reason };
  }
  const working = await recoveryUnderWay(ports, drain.segmentUuid);
  return working === undefined ? undefined : { kind: 'hold', reason: working };
}

/** A recovery in the segment comes before what is planned. */
async function recoveryUnderWay(
  { stores }: EnginePorts,
  segment: SegmentUuid,
): Promise<string | undefined> {
  const open = await stores.incidents.listOpen(LIMITS.runsPerReplica);
  const worked = open.find((one) => one.segmentUuid === segment && WORKED_ON.has(one.state));
  return worked && `${worked.hostName} of the segment is being recovered`;
}

export const callOf = ({ watch, settings, drain }: DrainRun, attempt: Attempt): Call => ({
  deadlineMs: Math.min(
    attempt.remainingMs(),
    CALL_MS,
    silenceMsOf(watch, settings, drain.hostName),
  ),
  signal: attempt.signal,
});

export const silenceMsOf = (watch: NovaWatch, settings: EngineSettings, host: HostName): number =>
  watch.reportIntervalMs(host) + settings.timing.silenceMarginMs;

/** What still uses the host. */
export interface HostUse {
  /** Every instance that Nova has there. */
  readonly servers: readonly Server[];
  /** Those of them that keep it from being empty. */
  readonly busy: readonly Server[];
  /** Migrations to or from it that are under way. */
  readonly open: readonly Migration[];
  readonly newestMigrationId: number;
}

/** Throws while Nova cannot see all of it: an absence proves nothing then. */
export async function readHostUse(
  { nova }: Pick<EnginePorts, 'nova'>,
  host: HostName,
  attempt: Attempt,
): Promise<HostUse> {
  const deadlineMs = Math.min(attempt.remainingMs(), LIST_MS);
  const call = { deadlineMs, signal: attempt.signal };
  const migrations = await nova.listMigrations({ host }, call);
  const { servers, unseen } = await nova.listServers({ host }, call);
  const [view] = await nova.listComputeServices({ host }, call);
  if (unseen.length > 0 || view?.kind === 'unseen') {
    const message = `Nova cannot reach the cell of ${host}, so nothing is known of its instances`;
    throw new OperationalError(ENGINE_ERRORS.cellUnseen, message);
  }
  return {
    servers,
    busy: servers.filter(({ vmState }) => keepsHostBusy(vmState)),
    open: migrations.filter(isMigrationOpen),
    newestMigrationId: migrations.reduce((newest, { id }) => Math.max(newest, id), 0),
  };
}

export const isEmpty = ({ busy, open }: HostUse): boolean => busy.length + open.length === 0;

/** What Nova says of the service now; thrown while its cell is out of sight or it is gone. */
export async function readDrainedService(run: DrainRun): Promise<ComputeService> {
  const host = run.drain.hostName;
  const view = await run.watch.refresh(host);
  if (view?.kind === 'seen') return view;
  const what = view === undefined ? 'has no compute service' : 'does not show the service';
  throw new OperationalError(ENGINE_ERRORS.notReady, `Nova ${what} of ${host} now`);
}

export async function moveDrain(
  { drain, ports, scope }: DrainRun,
  move: Omit<DrainMove, 'atMs'>,
): Promise<'written' | 'lost'> {
  const { clock, log, stores } = ports;
  const outcome = await scope.write((tenure) =>
    stores.drains.move(tenure, drain.id, { ...move, atMs: clock.wallMs() }),
  );
  const { from, to, message } = move;
  if (from !== to) log.info('drain.moved', { host: drain.hostName, to, message, outcome });
  return outcome;
}

/** Shows why it does not go on, or that it does; what is shown already is not written again. */
export async function showDrain(run: DrainRun, message: string): Promise<void> {
  const now = await readDrain(run);
  if (now.closedAtMs !== null || now.message === message) return;
  await moveDrain(run, { from: now.state, to: now.state, message });
}
