/**
 * Evacuates everything that the plan left pending, bounded, and gives every instance its final
 * answer. When the host turns out to live, no further call is made; what is under way is followed
 * to its end.
 */
import { Guard, IncidentState } from '@medevac/core';
import { invariant, LIMITS, sharedRead } from '@medevac/kernel';
import { type Scope, StepFailed } from '@medevac/workflow';
import type { InstancePoints } from '../hooks/instance-points.ts';
import { OwnerLocks } from '../locks/owner-locks.ts';
import { PaceRound } from '../pace/pace-round.ts';
import type { EvacuationWay } from '../reserved/way.ts';
import { type VmoveChange, type VmoveRecord, VmoveStatus } from '../stores/vmove-store.ts';
import { patiently, type Recovery, readService } from './context.ts';
import type { DeathCertificate } from './death-certificate.ts';
import { type EvacuationRound, type InstanceAnswer, settleInstance } from './evacuate-instance.ts';
import { EvacuationWatch } from './evacuation-watch.ts';
import type { HeldOff, RoundCheck } from './held-off.ts';
import { checkConfirmation, checkStillDown, type LivingCheck } from './living-check.ts';
import { MayRunSets } from './may-run-set.ts';
import { PaceLines } from './pace-lines.ts';
import { TimelineStep } from './recorder.ts';
import type { HeldPhase } from './refence.ts';
import { RetryBell } from './retry-bell.ts';
import { Room } from './room.ts';
import { RoomKeeper } from './room-keeper.ts';
import { RoundNews, roundKeyOf } from './round-news.ts';
import { Turns } from './turns.ts';

/** Nova's number for a guest that runs. */
const POWER_RUNNING = 1;

export interface EvacuationOrder {
  /** Names the steps of this round. */
  readonly round: string;
  readonly certificate: DeathCertificate;
  readonly heldOff: HeldOff;
  /** Where hooks of single instances run. */
  readonly instancePoints: InstancePoints;
  readonly newestMigrationId: number;
  /** Failures up to this migration are followed by another try without a pause. */
  readonly pausedFor: number;
  readonly way: EvacuationWay;
}

type Contradicted = Extract<LivingCheck, { kind: 'contradicted' }>;

/** `recalled`: another pass is needed at once; what is under way goes on in that. */
export type EvacuationResult =
  | { readonly kind: 'settled' }
  | { readonly kind: 'recalled' }
  | Contradicted;

export async function evacuateAll(
  recovery: Recovery,
  order: EvacuationOrder,
): Promise<EvacuationResult> {
  const vmoves = await listUnsettled(recovery);
  if (vmoves.length === 0) return { kind: 'settled' };
  const { incident, settings, ports } = recovery;
  const contradiction = new Contradiction(recovery, order);
  contradiction.found = await beginRound(recovery, order, vmoves.length);
  let unplaced = 0;
  const room = roomOf(recovery, vmoves);
  const keeper = new RoomKeeper(recovery, vmoves, (waiting) => room.needsOf(waiting));
  const { clock } = ports;
  const turns = new Turns({ clock, turnMs: settings.timing.turnMs, vmoves });
  const bell = new RetryBell({
    clock: ports.clock,
    incidents: ports.stores.incidents,
    incident: incident.id,
    heardMs: incident.retryAskedAtMs,
  });
  const mayRun = await MayRunSets.open(recovery, order.round);
  const unwatch = contradiction.watch();
  const news = new RoundNews({
    ...{ recovery, vmoves, unsettled: () => listUnsettled(recovery) },
    guard: () => contradiction.found?.guard,
    onPause: (found) => contradiction.raise(found),
  });
  const unhear = news.watch();
  const { lines, pace } = beginPace(recovery, vmoves, order.way);
  const round: EvacuationRound = {
    recovery,
    watch: watchOf(recovery, order, vmoves, pace),
    pace,
    locks: new OwnerLocks(recovery),
    mayRun,
    check: () => contradiction.check(),
    look: () => contradiction.look(),
    pauseFound: () => contradiction.pause,
    isOver: () => news.isOver,
    pausedFor: order.pausedFor,
    way: order.way,
    pause: (ms, signal) => bell.pause(ms, signal),
    room,
    waitsForRoom: (vmove, waits) => keeper.note(vmove.instanceUuid, waits),
    waitsForTurn: (vmove, waits) => keeper.park(vmove.instanceUuid, waits),
  };
  try {
    const parts = { turns, contradiction, keeper, points: order.instancePoints };
    unplaced = await settleAll(round, parts, `evacuate-${order.round}`, vmoves);
  } finally {
    unhear();
    pace.end();
    await unwatch();
  }
  await lines.written();
  if (contradiction.found !== undefined) return contradiction.found;
  if (news.isOver) return { kind: 'recalled' };
  await tellEnd(recovery, order, { unplaced, of: vmoves.length });
  return { kind: 'settled' };
}

/** Its places in the common pace, and what that says of itself for the timeline. */
function beginPace(
  { incident, pace, ports, recorder }: Recovery,
  vmoves: readonly VmoveRecord[],
  { host: destination }: EvacuationWay,
): { readonly lines: PaceLines; readonly pace: PaceRound } {
  const lines = new PaceLines(recorder);
  const { id, hostName: host, segmentUuid: segment } = incident;
  const listener = { incident: id, segment, host, tell: lines.tell };
  const round = new PaceRound({ pace, clock: ports.clock, vmoves, destination, listener });
  return { lines, pace: round };
}

function roomOf(recovery: Recovery, vmoves: readonly VmoveRecord[]): Room {
  const { incident, ports, scope, surroundings, watch } = recovery;
  return new Room({
    ...{ ports, vmoves, surroundings, failedHost: incident.hostName, signal: scope.signal },
    services: () => watch.views(),
  });
}

interface Settlers {
  readonly turns: Turns;
  readonly contradiction: Contradiction;
  readonly keeper: RoomKeeper;
  readonly points: InstancePoints;
}

/** Answers how many found no place on this way. */
async function settleAll(
  round: EvacuationRound,
  parts: Settlers,
  name: string,
  vmoves: readonly VmoveRecord[],
): Promise<number> {
  let unplaced = 0;
  const options = { key: roundKeyOf, concurrency: vmoves.length };
  await round.recovery.scope.forEach(name, vmoves, options, async (child, vmove) => {
    try {
      if (!(await settleOne(round, parts, child, vmove))) unplaced += 1;
    } finally {
      parts.turns.end(vmove.instanceUuid);
      round.pace.answer(vmove.instanceUuid);
      await round.locks.end(vmove.instanceUuid);
    }
  });
  return unplaced;
}

/** Answers whether it has its answer, or none because the host may live: not so on another way. */
async function settleOne(
  round: EvacuationRound,
  { contradiction, keeper, points, turns }: Settlers,
  child: Scope,
  vmove: VmoveRecord,
): Promise<boolean> {
  const { recovery } = round;
  const late = await awaitTurn(round, turns, child, vmove);
  const left = turns.leftBefore(vmove);
  const settle = (): Promise<InstanceAnswer> => answerOf(round, child, vmove);
  const answer = left ?? (await points.around(round, child, vmove, settle));
  if (answer.kind === 'contradicted') await contradiction.raise(answer);
  else if (answer.kind === 'recalled') turns.leave(vmove.instanceUuid);
  else if (answer.kind === 'unplaced') {
    turns.leave(vmove.instanceUuid);
    await keepTrouble(recovery, child, vmove, answer.reason);
  } else await keepAnswer(recovery, child, vmove, { ...answer, late });
  await keeper.settle(vmove.instanceUuid);
  return answer.kind !== 'unplaced';
}

function watchOf(
  recovery: Recovery,
  order: EvacuationOrder,
  vmoves: readonly VmoveRecord[],
  pace: PaceRound,
): EvacuationWatch {
  const { ports, scope, settings } = recovery;
  return new EvacuationWatch({
    ports,
    timing: settings.timing,
    host: recovery.incident.hostName,
    requireSeen: async () => void (await readService(recovery)),
    newestMigrationId: order.newestMigrationId,
    instances: vmoves.map((one) => ({
      uuid: one.instanceUuid,
      vmStateBefore: one.before.vmState,
      ranBefore: one.before.powerState === POWER_RUNNING,
    })),
    signal: scope.signal,
    onLook: (recordsOf) => {
      pace.noteLook(vmoves.map((one) => [one, recordsOf(one.instanceUuid)] as const));
    },
  });
}

async function tellEnd(
  { recorder }: Recovery,
  { way }: EvacuationOrder,
  { unplaced, of }: { readonly unplaced: number; readonly of: number },
): Promise<void> {
  if (unplaced === 0) {
    await recorder.note(TimelineStep.evacuate, 'Evacuation process completed!', 1);
    return;
  }
  const where = way.host === undefined ? 'where Nova chose' : `on ${way.host}`;
  const message = `${unplaced} of ${of} instances found no place ${where}`;
  await recorder.note(TimelineStep.evacuate, message, 0.5, true);
}

/**
 * Shows the incident as evacuating. Answers the contradiction that an earlier life of the run found
 * in this round or after it: then only what was begun is followed.
 */
async function beginRound(
  recovery: Recovery,
  { certificate }: EvacuationOrder,
  count: number,
): Promise<Contradicted | undefined> {
  const { recorder, incident } = recovery;
  const host = incident.hostName;
  const confirmed = await checkConfirmation(recovery, certificate.confirmation);
  if (confirmed.kind === 'contradicted') return confirmed;
  if (recorder.isHeld) {
    const isPaused = recorder.state === IncidentState.paused;
    const guard = isPaused ? Guard.paused : Guard.contradiction;
    const reason = `${host} was held before the recovery was taken over`;
    return { kind: 'contradicted', guard, reason };
  }
  const reason = `evacuating ${count} instances of ${host}`;
  // A restart may come in any state of this round; only a fresh round comes from the plan.
  const onlyFrom = IncidentState.planning;
  await recorder.moveTo(IncidentState.evacuating, reason, { onlyFrom });
  await recorder.note(TimelineStep.evacuate, `Evacuating ${count} instances`, 0.1);
  return undefined;
}

/** Instances without their final answer, in the order of the plan. */
export async function listUnsettled(recovery: Recovery): Promise<readonly VmoveRecord[]> {
  const rows = await listVmoves(recovery);
  return rows.filter(
    (one) => one.status === VmoveStatus.pending || one.status === VmoveStatus.ongoing,
  );
}

/** Every vmove of the incident, in the order of the plan. */
export async function listVmoves(recovery: Recovery): Promise<readonly VmoveRecord[]> {
  const rows: VmoveRecord[] = [];
  for (;;) {
    const last = rows.at(-1);
    const page = await recovery.ports.stores.vmoves.list({
      filter: { incidentId: recovery.incident.id },
      sort: [{ key: 'id', direction: 'asc' }],
      limit: LIMITS.apiPageSize,
      ...(last === undefined ? {} : { marker: String(last.id) }),
    });
    invariant(page.kind === 'page', 'vmoves of an open incident are never deleted');
    rows.push(...page.rows);
    if (page.rows.length < LIMITS.apiPageSize) return rows;
  }
}

/**
 * Waits until the instances that it comes after have their final answers. A step, so that one that
 * has begun does not wait again after a crash.
 */
async function awaitTurn(
  round: EvacuationRound,
  turns: Turns,
  scope: Scope,
  vmove: VmoveRecord,
): Promise<string | null> {
  const name = 'turn';
  const first = turns.before(vmove);
  if (first.length === 0 && !scope.wasDone(name)) return null;
  const { clock, stores } = round.recovery.ports;
  const { turnMs } = round.recovery.settings.timing;
  return await scope.step(name, patiently(turnMs * 2), async (attempt) => {
    const message = `it waits for ${first.join(', ')}`;
    await scope.write((tenure) => stores.vmoves.change(tenure, vmove, { message }, clock.wallMs()));
    await round.waitsForTurn(vmove, true);
    round.locks.keepOff(scope, vmove);
    const late = await turns.wait(vmove, attempt.signal);
    await round.waitsForTurn(vmove, false);
    return late;
  });
}

async function answerOf(
  round: EvacuationRound,
  scope: Scope,
  vmove: VmoveRecord,
): Promise<InstanceAnswer> {
  const deadlineMs = round.recovery.settings.timing.instanceMs;
  try {
    return await scope.step('settle', patiently(deadlineMs), (attempt) =>
      settleInstance(round, scope, vmove, attempt),
    );
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    round.pace.leave(vmove.instanceUuid);
    return { kind: 'failed', reason: error.error.message };
  }
}

/** It has no answer yet: until another way takes it, its vmove says what it is up against. */
async function keepTrouble(
  { ports }: Recovery,
  scope: Scope,
  vmove: VmoveRecord,
  message: string,
): Promise<void> {
  const { clock, stores } = ports;
  await scope.write((tenure) => stores.vmoves.change(tenure, vmove, { message }, clock.wallMs()));
}

async function keepAnswer(
  recovery: Recovery,
  scope: Scope,
  vmove: VmoveRecord,
  answer: Exclude<InstanceAnswer, { kind: 'contradicted' | 'unplaced' | 'recalled' }> & {
    readonly late: string | null;
  },
): Promise<void> {
  const { clock, stores } = recovery.ports;
  const endAtMs = clock.wallMs();
  const said = answer.kind === 'recovered' ? answer.note : answer.reason;
  const told = [said, answer.late, ...(vmove.before.order?.notes ?? [])].filter(
    (one) => one !== undefined && one !== null,
  );
  const change: VmoveChange =
    answer.kind === 'recovered'
      ? {
          status: VmoveStatus.succeeded,
          destHost: answer.destHost as VmoveRecord['sourceHost'],
          message: told.length === 0 ? null : told.join('; '),
          endAtMs,
        }
      : {
          status: answer.kind === 'gone' ? VmoveStatus.ignored : VmoveStatus.failed,
          message: told.join('; '),
          endAtMs,
        };
  await scope.write((tenure) => stores.vmoves.change(tenure, vmove, change, endAtMs));
}

/** Remembers the first contradiction of a round; after it every check answers the same. */
class Contradiction {
  readonly #recovery: Recovery;
  /** Joined, so that a host that lives leaves one sign of life and not one per instance. */
  readonly #look: () => Promise<RoundCheck>;
  readonly #seeHost: () => Promise<LivingCheck>;
  readonly #heldOff: HeldOff;
  readonly #phase: HeldPhase;
  found: Contradicted | undefined;

  constructor(recovery: Recovery, { certificate, heldOff }: EvacuationOrder) {
    this.#recovery = recovery;
    this.#heldOff = heldOff;
    const look = (): Promise<LivingCheck> => checkStillDown(recovery, certificate);
    this.#phase = { backTo: 'evacuating', look };
    this.#look = sharedRead(() => heldOff.check(this.#phase));
    this.#seeHost = sharedRead(look);
  }

  /** The pause that holds the round, if it is a pause. */
  get pause(): Contradicted | undefined {
    return this.found?.guard === Guard.paused ? this.found : undefined;
  }

  async check(): Promise<RoundCheck> {
    return this.found ?? (await this.#look());
  }

  /** The host's own word alone: its power matters to nobody who sends nothing. */
  async look(): Promise<LivingCheck> {
    return this.found ?? (await this.#seeHost());
  }

  /** Watches the power until the answered function is called. */
  watch(): () => Promise<void> {
    return this.#heldOff.watch(this.#phase, (found) => this.raise(found));
  }

  async raise(found: Contradicted): Promise<void> {
    if (this.found !== undefined) return;
    this.found = found;
    const { guard, reason } = found;
    const { recorder } = this.#recovery;
    await recorder.hold(found);
    await recorder.note(TimelineStep.evacuate, reason, 0.5, guard !== Guard.paused);
  }
}
