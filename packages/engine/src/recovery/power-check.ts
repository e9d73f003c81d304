/**
 * A confirmation of a host that is to stay off holds only while its power reads Off, so it is read
 * again before every effect that rests on it: at the devices that confirmed, which must answer, and
 * at every other one, of which none may read On. Power that cannot be read where it must lets
 * nothing happen until it can.
 */
import { type Confirmation, judgePower, powerRereadOf, requiredDevices } from '@medevac/core';
import { OperationalError } from '@medevac/kernel';
import { ENGINE_ERRORS } from '../errors.ts';
import { EvidenceKind } from '../stores/incident-store.ts';
import type { Recovery } from './context.ts';
import { readableDevices, readDevices } from './read-power.ts';

/**
 * A reading counts for this long after its answer: slow switches would otherwise make every look at
 * an instance too old. A host that is switched on needs longer than this to start a guest.
 */
const POWER_FRESH_MS = 5_000;
/** A device that need not answer and did not is not waited for again before so long. */
const SILENT_DEVICE_MS = 30_000;

export type PowerState =
  | { readonly kind: 'holds' }
  /** It reads on: the confirmation is spent, and the host is fenced again unless it lives. */
  | { readonly kind: 'on'; readonly reason: string };

export class PowerCheck {
  readonly #recovery: Recovery;
  #confirmation: Confirmation;
  /** Until when nothing need be asked of each device. */
  readonly #quietUntilMs = new Map<string, number>();

  constructor(recovery: Recovery, confirmation: Confirmation) {
    this.#recovery = recovery;
    this.#confirmation = confirmation;
  }

  /** The power is read at least at one device. */
  get isWatched(): boolean {
    return this.#devices().length > 0;
  }

  /** Nothing is to be read now: the confirmation rests on something else, or was just read. */
  get isFresh(): boolean {
    return this.#due().length === 0;
  }

  /** The host was fenced again: what has confirmed it now is what counts. */
  renew(confirmation: Confirmation): void {
    this.#confirmation = confirmation;
    this.#quietUntilMs.clear();
  }

  /** Throws while the power cannot be read at a device that must read off. */
  async check(): Promise<PowerState> {
    if (this.isFresh) return { kind: 'holds' };
    const readings = await readDevices(this.#recovery, this.#due());
    const nowMs = this.#recovery.ports.clock.monotonicMs();
    const required = requiredDevices(this.#confirmation);
    for (const { device, kind } of readings) {
      const isSilent = kind === 'unknown' && !required.includes(device);
      if (kind === 'off') this.#quietUntilMs.set(device, nowMs + POWER_FRESH_MS);
      else if (isSilent) this.#quietUntilMs.set(device, nowMs + SILENT_DEVICE_MS);
      else this.#quietUntilMs.delete(device);
    }
    const host = this.#recovery.incident.hostName;
    const quiet = required.filter((one) => (this.#quietUntilMs.get(one) ?? 0) > nowMs);
    const fresh = quiet.map((device) => ({ device, kind: 'off' as const }));
    const judgement = judgePower(this.#confirmation, [...readings, ...fresh]);
    if (judgement.kind === 'holds') return judgement;
    if (judgement.kind === 'unknown') {
      const message = `the power of ${host} cannot be read again at ${judgement.reason}`;
      throw new OperationalError(ENGINE_ERRORS.powerUnknown, message);
    }
    const at = judgement.devices.join(' and ');
    return {
      kind: 'on',
      reason: `the power of ${host} reads on at ${at} after it was confirmed off`,
    };
  }

  #devices(): readonly string[] {
    if (powerRereadOf(this.#confirmation) === 'not-read') return [];
    return [
      ...new Set([...requiredDevices(this.#confirmation), ...readableDevices(this.#recovery)]),
    ];
  }

  #due(): readonly string[] {
    const nowMs = this.#recovery.ports.clock.monotonicMs();
    return this.#devices().filter((one) => nowMs >= (this.#quietUntilMs.get(one) ?? 0));
  }
}

/**
 * A host that showed a sign of life and whose power reads Off now may have been switched off by us
 * in that very moment. Our own read is then a report of its failure, received after the sign of
 * life: the host must be silent anew and is fenced anew, but it is not forgotten.
 */
export async function reportPowerOff(recovery: Recovery): Promise<void> {
  const { clock, log, stores } = recovery.ports;
  const host = recovery.incident.hostName;
  const readings = await readDevices(recovery, readableDevices(recovery));
  const off = readings.find((one) => one.kind === 'off');
  if (off === undefined || readings.some((one) => one.kind === 'on')) return;
  log.warn('recovery.power_reads_off', { host, device: off.device });
  await stores.incidents.addEvidence(host, {
    kind: EvidenceKind.failure,
    source: 'power',
    observer: off.device,
    content: { power: 'off' },
    receivedAtMs: clock.wallMs(),
  });
}
