/**
 * Evacuates everything that the plan left pending, bounded, and gives every instance its final
 * answer. When the host turns out to live, no further call is made; what is under way is followed
 * to its end.
 */
import { IncidentState } from '@medevac/core';
import { Gate, type InstanceUuid, invariant, LIMITS, sharedRead } from '@medevac/kernel';
import { type Scope, StepFailed } from '@medevac/workflow';
import { type VmoveChange, type VmoveRecord, VmoveStatus } from '../stores/vmove-store.ts';
import { patiently, type Recovery, readService } from './context.ts';
import { type EvacuationRound, type InstanceAnswer, settleInstance } from './evacuate-instance.ts';
import { EvacuationWatch } from './evacuation-watch.ts';
import {
  checkConfirmation,
  checkStillDown,
  type DeathCertificate,
  type LivingCheck,
} from './living-check.ts';
import { TimelineStep } from './recorder.ts';

export interface EvacuationOrder {
  /** Names the steps of this round. */
  readonly round: number;
  readonly certificate: DeathCertificate;
  readonly newestMigrationId: number;
}

type Contradicted = Extract<LivingCheck, { kind: 'contradicted' }>;

export type EvacuationResult = { readonly kind: 'settled' } | Contradicted;

export async function evacuateAll(
  recovery: Recovery,
  order: EvacuationOrder,
): Promise<EvacuationResult> {
  const vmoves = await listUnsettled(recovery);
  if (vmoves.length === 0) return { kind: 'settled' };
  const { recorder, incident, scope, settings, ports } = recovery;
  const host = incident.hostName;
  const contradiction = new Contradiction(recovery, order.certificate);
  const confirmed = await checkConfirmation(recovery, order.certificate.confirmation);
  if (confirmed.kind === 'contradicted') {
    // An earlier life of the run got further than this round: only what it began is followed.
    contradiction.found = confirmed;
  } else {
    const reason = `evacuating ${vmoves.length} instances of ${host}`;
    // A restart may come in any state of this round; only a fresh round comes from the plan.
    const onlyFrom = IncidentState.planning;
    await recorder.moveTo(IncidentState.evacuating, reason, { onlyFrom });
    await recorder.note(TimelineStep.evacuate, `Evacuating ${vmoves.length} instances`, 0.1);
  }
  const room = new RoomKeeper(recovery, vmoves);
  const round: EvacuationRound = {
    recovery,
    watch: new EvacuationWatch({
      ports,
      timing: settings.timing,
      host,
      requireSeen: async () => void (await readService(recovery)),
      newestMigrationId: order.newestMigrationId,
      instances: vmoves.map((one) => ({
        uuid: one.instanceUuid,
        vmStateBefore: one.before.vmState,
      })),
      signal: scope.signal,
    }),
    open: new Gate(LIMITS.evacuationsOpen),
    calls: new Gate(LIMITS.evacuateCalls),
    check: () => contradiction.check(),
    waitsForRoom: (vmove, waits) => room.note(vmove.instanceUuid, waits),
  };
  await scope.forEach(
    `evacuate-${order.round}`,
    vmoves,
    { key: (one) => one.instanceUuid, concurrency: vmoves.length },
    async (child, vmove) => {
      const answer = await answerOf(round, child, vmove);
      if (answer.kind === 'contradicted') await contradiction.raise(answer);
      else await keepAnswer(recovery, child, vmove, answer);
      await room.settle(vmove.instanceUuid);
    },
  );
  if (contradiction.found !== undefined) return contradiction.found;
  await recorder.note(TimelineStep.evacuate, 'Evacuation process completed!', 1);
  return { kind: 'settled' };
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
    return { kind: 'failed', reason: error.error.message };
  }
}

async function keepAnswer(
  recovery: Recovery,
  scope: Scope,
  vmove: VmoveRecord,
  answer: Exclude<InstanceAnswer, { kind: 'contradicted' }>,
): Promise<void> {
  const { clock, stores } = recovery.ports;
  const endAtMs = clock.wallMs();
  const change: VmoveChange =
    answer.kind === 'recovered'
      ? {
          status: VmoveStatus.succeeded,
          destHost: answer.destHost as VmoveRecord['sourceHost'],
          message: null,
          endAtMs,
        }
      : {
          status: answer.kind === 'gone' ? VmoveStatus.ignored : VmoveStatus.failed,
          message: answer.reason,
          endAtMs,
        };
  await scope.write((tenure) => stores.vmoves.change(tenure, vmove, change, endAtMs));
}

/** Remembers the first contradiction of a round; after it every check answers the same. */
class Contradiction {
  readonly #recovery: Recovery;
  /** Joined, so that a host that lives leaves one sign of life and not one per instance. */
  readonly #look: () => Promise<LivingCheck>;
  found: Contradicted | undefined;

  constructor(recovery: Recovery, certificate: DeathCertificate) {
    this.#recovery = recovery;
    this.#look = sharedRead(() => checkStillDown(recovery, certificate));
  }

  async check(): Promise<LivingCheck> {
    return this.found ?? (await this.#look());
  }

  async raise(found: Contradicted): Promise<void> {
    if (this.found !== undefined) return;
    this.found = found;
    const { guard, reason } = found;
    const { recorder } = this.#recovery;
    await recorder.moveTo(IncidentState.held, reason, { guard });
    await recorder.note(TimelineStep.evacuate, reason, 0.5, true);
  }
}

/** Shows the incident as waiting for capacity while nothing but room is missing. */
class RoomKeeper {
  readonly #recovery: Recovery;
  readonly #unsettled: Set<InstanceUuid>;
  readonly #waiting = new Set<InstanceUuid>();

  constructor(recovery: Recovery, vmoves: readonly VmoveRecord[]) {
    this.#recovery = recovery;
    this.#unsettled = new Set(vmoves.map((one) => one.instanceUuid));
  }

  async note(uuid: InstanceUuid, waits: boolean): Promise<void> {
    if (waits) this.#waiting.add(uuid);
    else this.#waiting.delete(uuid);
    await this.#show(!waits);
  }

  async settle(uuid: InstanceUuid): Promise<void> {
    this.#unsettled.delete(uuid);
    this.#waiting.delete(uuid);
    await this.#show(true);
  }

  /** After a restart nothing `isMoving` until one instance says so: the others wait as before. */
  async #show(isMoving: boolean): Promise<void> {
    const { recorder } = this.#recovery;
    const waits = this.#waiting.size > 0 && this.#waiting.size === this.#unsettled.size;
    if (waits) {
      const reason = `no host has room for ${this.#waiting.size} instances; they wait for capacity`;
      const onlyFrom = IncidentState.evacuating;
      await recorder.moveTo(IncidentState.waitingCapacity, reason, { onlyFrom });
    } else if (isMoving) {
      const reason = `evacuating ${this.#unsettled.size} instances that had no room`;
      const onlyFrom = IncidentState.waitingCapacity;
      await recorder.moveTo(IncidentState.evacuating, reason, { onlyFrom });
    }
  }
}
