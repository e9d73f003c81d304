/**
 * Port: a switch of a host's power, for instance its BMC, in two plain acts. What makes a proof of
 * them is `power-device.ts`.
 */
import type { HostName } from '@medevac/kernel';

/** `on` is everything that is certainly not off, for instance a host that is shutting down. */
export type PowerReading =
  | { readonly kind: 'off' | 'on' }
  | { readonly kind: 'unknown'; readonly reason: string };

export interface PowerSwitch {
  readonly name: string;
  /** Asks the switch itself, each time. Throws an `OperationalError` when it does not answer. */
  read(host: HostName, signal: AbortSignal): Promise<PowerReading>;
  /**
   * Takes the power away without asking the operating system. That it was accepted proves nothing.
   * Throws an `OperationalError` when it was refused or the answer was lost.
   */
  switchOff(host: HostName, signal: AbortSignal): Promise<void>;
}
