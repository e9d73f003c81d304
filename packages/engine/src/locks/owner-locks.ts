/**
 * Which instances of one round are locked for their owners, and when. One that is evacuated at once
 * is kept by its task; one that waits is locked: at once when it waits for something that takes
 * long, and at a slow pace, the last in line first, when it only stands in line for its own
 * evacuation. No lock holds an evacuation up, whatever becomes of it (ADR 10).
 */
import { Gate, type InstanceUuid, LIMITS } from '@medevac/kernel';
import { type Scope, StepFailed, type StepOptions } from '@medevac/workflow';
import type { Recovery } from '../recovery/context.ts';
import { TimelineStep } from '../recovery/recorder.ts';
import type { VmoveRecord } from '../stores/vmove-store.ts';
import { placeLock } from './place-lock.ts';

/** One try: the next one comes with the instance's next wait. */
const OPTIONS: StepOptions = {
  deadlineMs: 30_000,
  retry: { maxAttempts: 1, firstDelayMs: 0, maxDelayMs: 0, factor: 1 },
};
/** Of one instance in one round. */
const TRIES = 5;

interface Waiter {
  readonly scope: Scope;
  readonly vmove: VmoveRecord;
}

export class OwnerLocks {
  readonly #recovery: Recovery;
  readonly #gate = new Gate(LIMITS.ownerLockCalls);
  /** By the order of the plan, as they came: the last one stands longest. */
  readonly #line = new Map<InstanceUuid, Waiter>();
  readonly #tries = new Map<InstanceUuid, number>();
  readonly #locked = new Set<InstanceUuid>();
  readonly #underWay = new Map<InstanceUuid, Promise<void>>();
  #stopLine: (() => void) | undefined;
  #hasTold = false;

  constructor(recovery: Recovery) {
    this.#recovery = recovery;
  }

  /** It waits for something that may take long. `scope` is its own place in the round. */
  keepOff(scope: Scope, vmove: VmoveRecord): void {
    const uuid = vmove.instanceUuid;
    const tries = this.#tries.get(uuid) ?? 0;
    // What a step of this life has done is not repeated; what an earlier one did is looked up.
    if (this.#locked.has(uuid) || this.#underWay.has(uuid) || tries === TRIES) return;
    this.#tries.set(uuid, tries + 1);
    const lock = this.#lock(scope, vmove, tries + 1);
    this.#underWay.set(uuid, lock);
    // Whoever ends the instance waits for it and hears of its failure; nobody else does.
    lock.catch(() => undefined);
  }

  /** It stands in line for its evacuation. */
  inLine(scope: Scope, vmove: VmoveRecord): void {
    if (this.#locked.has(vmove.instanceUuid)) return;
    this.#line.set(vmove.instanceUuid, { scope, vmove });
    const { clock } = this.#recovery.ports;
    this.#stopLine ??= clock.every(LIMITS.lineLockMs, () => this.#lockLast());
  }

  /** Its turn has come. */
  leaveLine(uuid: InstanceUuid): void {
    this.#line.delete(uuid);
    if (this.#line.size > 0) return;
    this.#stopLine?.();
    this.#stopLine = undefined;
  }

  /** Nothing more is done for it in this round when this ends. */
  async end(uuid: InstanceUuid): Promise<void> {
    this.leaveLine(uuid);
    this.#tries.set(uuid, TRIES);
    await this.#underWay.get(uuid);
  }

  async #lockLast(): Promise<void> {
    const last = [...this.#line.values()].at(-1);
    if (last === undefined) return;
    const uuid = last.vmove.instanceUuid;
    this.#line.delete(uuid);
    this.keepOff(last.scope, last.vmove);
    await this.#underWay.get(uuid)?.catch(() => undefined);
  }

  async #lock(scope: Scope, vmove: VmoveRecord, number: number): Promise<void> {
    const uuid = vmove.instanceUuid;
    const recovery = this.#recovery;
    try {
      await this.#gate.run(
        () => scope.step(`lock-${number}`, OPTIONS, (one) => placeLock(recovery, uuid, one)),
        scope.signal,
      );
      this.#locked.add(uuid);
    } catch (error) {
      // The run has ended under it: that is told where the instance itself is carried.
      if (scope.signal.aborted) return;
      if (!(error instanceof StepFailed)) throw error;
      await this.#tell(vmove, error.error.message);
    } finally {
      this.#underWay.delete(uuid);
    }
  }

  /** Once in a round: when Nova locks nothing, one line says so for all. */
  async #tell({ instanceName, instanceUuid }: VmoveRecord, why: string): Promise<void> {
    const { incident, ports, recorder } = this.#recovery;
    ports.log.warn('recovery.not_locked', { incident: incident.id, instanceUuid, error: why });
    if (this.#hasTold) return;
    this.#hasTold = true;
    const message = `${instanceName} is not locked for its owner while it waits: ${why}`;
    await recorder.note(TimelineStep.evacuate, message, 0.1);
  }
}
