/**
 * A confirmation that rests on the power holds only while the power reads Off, so it is read again
 * before every effect that rests on it. Power that reads on stops the recovery, which then begins a
 * new round and fences again unless the host reports. Power that cannot be read lets nothing happen
 * until it can.
 */
import { type Confirmation, Guard } from '@medevac/core';
import { OperationalError } from '@medevac/kernel';
import { ENGINE_ERRORS } from '../errors.ts';
import { EvidenceKind } from '../stores/incident-store.ts';
import type { Recovery } from './context.ts';
import type { LivingCheck } from './living-check.ts';

/**
 * A reading counts for this long after its answer: slow switches would otherwise make every look at
 * an instance too old. A host that is switched on needs longer than this to start a guest.
 */
const POWER_FRESH_MS = 5_000;

export class PowerCheck {
  readonly #recovery: Recovery;
  readonly #confirmation: Confirmation;
  #freshUntilMs = Number.NEGATIVE_INFINITY;

  constructor(recovery: Recovery, confirmation: Confirmation) {
    this.#recovery = recovery;
    this.#confirmation = confirmation;
  }

  /** Nothing is to be read now: the confirmation rests on something else, or was just read. */
  get isFresh(): boolean {
    const { clock } = this.#recovery.ports;
    return this.#confirmation.basis !== 'power_off' || clock.monotonicMs() < this.#freshUntilMs;
  }

  /** Throws while the power cannot be read. */
  async check(): Promise<LivingCheck> {
    if (this.isFresh) return { kind: 'dead' };
    const { by } = this.#confirmation;
    const { clock, fenceDevices } = this.#recovery.ports;
    const host = this.#recovery.incident.hostName;
    const device = fenceDevices.find((one) => one.name === by);
    const reading = await device?.readPower?.(host, this.#recovery.scope.signal);
    if (reading?.kind === 'off') {
      this.#freshUntilMs = clock.monotonicMs() + POWER_FRESH_MS;
      return { kind: 'dead' };
    }
    if (reading?.kind === 'on') {
      const reason = `the power of ${host} reads on again at ${by} after it was confirmed off`;
      return { kind: 'contradicted', guard: Guard.contradiction, reason };
    }
    const gone = 'no fence device of this name reads it any more';
    const why = reading?.kind === 'unknown' ? reading.reason : gone;
    const message = `the power of ${host} cannot be read again at ${by}: ${why}`;
    throw new OperationalError(ENGINE_ERRORS.powerUnknown, message);
  }
}

/**
 * A host that showed a sign of life and whose power reads Off now may have been switched off by us
 * in that very moment. Our own read is then a report of its failure, received after the sign of
 * life: the host must be silent anew and is fenced anew, but it is not forgotten.
 */
export async function reportPowerOff(recovery: Recovery): Promise<void> {
  const { clock, fenceDevices, log, stores } = recovery.ports;
  const host = recovery.incident.hostName;
  for (const device of fenceDevices) {
    const reading = await device.readPower?.(host, recovery.scope.signal);
    if (reading?.kind !== 'off') continue;
    log.warn('recovery.power_reads_off', { host, device: device.name });
    await stores.incidents.addEvidence(host, {
      kind: EvidenceKind.failure,
      source: 'power',
      observer: device.name,
      content: { power: 'off' },
      receivedAtMs: clock.wallMs(),
    });
    return;
  }
}
