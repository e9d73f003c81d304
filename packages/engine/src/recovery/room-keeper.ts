/** Shows the incident as waiting for capacity while nothing but room is missing. */
import { IncidentState } from '@medevac/core';
import type { InstanceUuid } from '@medevac/kernel';
import type { VmoveRecord } from '../stores/vmove-store.ts';
import type { Recovery } from './context.ts';

export class RoomKeeper {
  readonly #recovery: Recovery;
  readonly #unsettled: Set<InstanceUuid>;
  readonly #waiting = new Set<InstanceUuid>();
  /** Those that come after one that waits: they move nothing either. */
  readonly #parked = new Set<InstanceUuid>();
  /** What the waiting ones need together, in words. */
  readonly #needOf: (waiting: ReadonlySet<InstanceUuid>) => string;

  constructor(
    recovery: Recovery,
    vmoves: readonly VmoveRecord[],
    needOf: (waiting: ReadonlySet<InstanceUuid>) => string,
  ) {
    this.#recovery = recovery;
    this.#unsettled = new Set(vmoves.map((one) => one.instanceUuid));
    this.#needOf = needOf;
  }

  async note(uuid: InstanceUuid, waits: boolean): Promise<void> {
    if (waits) this.#waiting.add(uuid);
    else this.#waiting.delete(uuid);
    await this.#show(!waits);
  }

  async park(uuid: InstanceUuid, isParked: boolean): Promise<void> {
    if (isParked) this.#parked.add(uuid);
    else this.#parked.delete(uuid);
    await this.#show(!isParked);
  }

  async settle(uuid: InstanceUuid): Promise<void> {
    this.#unsettled.delete(uuid);
    this.#waiting.delete(uuid);
    await this.#show(true);
  }

  /** After a restart nothing `isMoving` until one instance says so: the others wait as before. */
  async #show(isMoving: boolean): Promise<void> {
    const { recorder } = this.#recovery;
    const still = this.#waiting.size + this.#parked.size;
    if (this.#waiting.size > 0 && still === this.#unsettled.size) {
      const reason =
        `no host has room for ${this.#waiting.size} instances; they wait for capacity: ` +
        this.#needOf(this.#waiting);
      const onlyFrom = IncidentState.evacuating;
      await recorder.moveTo(IncidentState.waitingCapacity, reason, { onlyFrom });
    } else if (isMoving) {
      const reason = `evacuating ${this.#unsettled.size} instances that had no room`;
      const onlyFrom = IncidentState.waitingCapacity;
      await recorder.moveTo(IncidentState.evacuating, reason, { onlyFrom });
    }
  }
}
