/**
 * Evacuates a failed host way by way, as the recovery method of its segment says: reserved hosts
 * one after the other, Nova's choice, or both. Each way is chosen, readied, gone and judged in
 * journaled steps; a reserved host that took nothing is given back before the next one is tried.
 */
import { Guard, type WayGone } from '@medevac/core';
import { type HostName, OperationalError, sharedRead } from '@medevac/kernel';
import type { Attempt } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import { patiently, type Recovery, readOperatorsWord } from '../recovery/context.ts';
import {
  type EvacuationOrder,
  type EvacuationResult,
  evacuateAll,
  listUnsettled,
  listVmoves,
} from '../recovery/evacuate-all.ts';
import { TimelineStep } from '../recovery/recorder.ts';
import { ReservationState } from '../stores/reservation-store.ts';
import { VmoveStatus } from '../stores/vmove-store.ts';
import { chooseWay, hasReservedWay } from './choose-way.ts';
import { readyHost } from './ready-host.ts';
import { reportsNow } from './reserved-hosts.ts';
import { BY_NOVA, type ChosenWay, type EvacuationWay } from './way.ts';

/** Ways of one round: more than reserved hosts in a segment, and few enough for a journal. */
const WAYS = 200;

type Contradicted = Extract<EvacuationResult, { kind: 'contradicted' }>;
type Walked = Extract<ChosenWay, { kind: 'nova' | 'reserved' }>;

/** What is evacuated, whichever way it goes. */
export type WalkOrder = Omit<EvacuationOrder, 'way'>;

/** How a way ended, as it is journaled. */
type WayEnd = { readonly kind: EvacuationResult['kind']; readonly gone: WayGone };

export async function evacuateByWays(
  recovery: Recovery,
  order: WalkOrder,
): Promise<EvacuationResult['kind']> {
  const { scope, settings } = recovery;
  const { certificate, newestMigrationId, round } = order;
  const options = patiently(settings.timing.instanceMs * 2);
  const gone: WayGone[] = [];
  for (let number = 1; number <= WAYS; number++) {
    const name = number === 1 ? round : `${round}-${number}`;
    const left = (await listUnsettled(recovery)).length;
    if (left === 0 && !scope.wasDone(`way-${name}`)) return 'settled';
    const question = { certificate, newestMigrationId, gone };
    const way = await scope.step(`way-${name}`, options, (attempt) =>
      chooseWay(recovery, question, attempt),
    );
    if (way.kind === 'give-up') {
      await failLeft(recovery, way.reason);
      return 'settled';
    }
    if (way.kind === 'contradicted') {
      await hold(recovery, way);
      return 'contradicted';
    }
    const end = await goWay(recovery, { ...order, round: name }, way, gone);
    if (end.kind !== 'settled') return end.kind;
    gone.push(end.gone);
  }
  throw new OperationalError(
    ENGINE_ERRORS.refused,
    `${WAYS} ways did not empty ${recovery.incident.hostName}`,
    { retry: 'never' },
  );
}

/** Readies the way, evacuates on it, and journals what came of it. */
async function goWay(
  recovery: Recovery,
  order: WalkOrder,
  way: Walked,
  gone: readonly WayGone[],
): Promise<WayEnd> {
  const { scope, settings } = recovery;
  const options = patiently(settings.timing.instanceMs);
  const end = `way-end-${order.round}`;
  let result: EvacuationResult = { kind: 'settled' };
  let isReady = true;
  if (way.kind === 'reserved' && way.reservation !== null) {
    const { reservation } = way;
    const ready = await scope.step(`ready-${order.round}`, options, (attempt) =>
      readyHost(recovery, reservation, order.certificate, attempt),
    );
    isReady = ready.kind === 'ready';
    if (ready.kind === 'contradicted') result = ready;
    if (ready.kind === 'unusable' && !scope.wasDone(end)) {
      await recovery.recorder.note(TimelineStep.evacuate, ready.reason, 0, true);
    }
  }
  if (result.kind === 'contradicted') await hold(recovery, result);
  else if (isReady && !scope.wasDone(end)) {
    const pausedFor = gone.length === 0 && way.kind === 'nova' ? order.pausedFor : way.since;
    const walk = { ...order, pausedFor, way: wayOf(recovery, way, gone) };
    result = await evacuateAll(recovery, walk);
  }
  return await scope.step(end, options, (attempt) =>
    judgeWay(recovery, way, { kind: result.kind, isReady }, attempt),
  );
}

function wayOf(recovery: Recovery, way: Walked, gone: readonly WayGone[]): EvacuationWay {
  if (way.kind === 'nova') {
    const mayChange = way.isLast && way.method !== 'auto' && way.method !== 'reserved_host';
    const { signal } = recovery.scope;
    // Joined, because all that wait may ask at once. An operator may have chosen another method.
    const methodNow = sharedRead(async () => (await readOperatorsWord(recovery))?.recoveryMethod);
    const hasOther = async (): Promise<boolean> =>
      (mayChange || (await methodNow()) !== way.method) &&
      (await hasReservedWay(recovery, gone, { signal }));
    return { ...BY_NOVA, leavesEarly: !way.isLast, ...(way.isLast ? { hasOther } : {}) };
  }
  const { host } = way;
  return {
    ...BY_NOVA,
    host,
    leavesEarly: true,
    isOpen: (signal) => reports(recovery, host, signal),
  };
}

const reports = (recovery: Recovery, host: HostName, signal: AbortSignal): Promise<boolean> =>
  reportsNow(recovery, host, signal);

/**
 * What came of the way. A reserved host with instances on it is an ordinary host from now on; one
 * without is released, and given back by a run of its own.
 */
async function judgeWay(
  recovery: Recovery,
  way: Walked,
  { kind, isReady }: { readonly kind: WayEnd['kind']; readonly isReady: boolean },
  attempt: Attempt,
): Promise<WayEnd> {
  if (way.kind === 'nova') {
    return { kind, gone: { by: 'nova', host: null, placed: 0, isLost: false } };
  }
  const { host, reservation } = way;
  const { ports } = recovery;
  const call = { deadlineMs: attempt.remainingMs(), signal: attempt.signal };
  const list = await ports.nova.listServers({ host }, call);
  const vmoves = await listVmoves(recovery);
  const placed = vmoves.filter(
    ({ destHost, status }) => destHost === host && status === VmoveStatus.succeeded,
  ).length;
  // When the round is left for the next pass, the host stays held for that one.
  if (reservation !== null && kind !== 'recalled') {
    const isUsed = list.servers.length + list.unseen.length > 0;
    await endReservation(recovery, { host, reservation, isUsed });
  }
  const isLost = !isReady || !(await reports(recovery, host, attempt.signal));
  return { kind, gone: { by: 'reserved', host, placed, isLost } };
}

async function endReservation(
  { incident, ports, recorder, scope }: Recovery,
  end: { readonly host: HostName; readonly reservation: number; readonly isUsed: boolean },
): Promise<void> {
  const { host, reservation, isUsed } = end;
  const message = isUsed
    ? `${host} took instances of ${incident.hostName}: it is an ordinary host now`
    : `${host} took nothing of ${incident.hostName} and is given back`;
  const to = isUsed ? ReservationState.used : ReservationState.releasing;
  const move = { from: ReservationState.held, to, message, atMs: ports.clock.wallMs() };
  const outcome = await scope.write((tenure) =>
    ports.stores.reservations.move(tenure, reservation, move),
  );
  // Lost: an earlier try of this step has ended it and did not live to say so.
  if (outcome === 'written') await recorder.note(TimelineStep.evacuate, message, 0.9);
}

async function hold({ recorder }: Recovery, found: Contradicted): Promise<void> {
  if (recorder.isHeld) return;
  await recorder.hold(found);
  const { guard, reason } = found;
  await recorder.note(TimelineStep.evacuate, reason, 0.5, guard !== Guard.paused);
}

async function failLeft(recovery: Recovery, reason: string): Promise<void> {
  const { clock, stores } = recovery.ports;
  for (const vmove of await listUnsettled(recovery)) {
    const endAtMs = clock.wallMs();
    const change = { status: VmoveStatus.failed, message: reason, endAtMs };
    await recovery.scope.write((tenure) => stores.vmoves.change(tenure, vmove, change, endAtMs));
  }
}
