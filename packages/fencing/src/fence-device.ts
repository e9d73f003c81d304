/** Port: a power switch, or whatever else can prove that a host is off. */
import type { Confirmation } from '@medevac/core';
import type { HostName, IncidentId } from '@medevac/kernel';
import type { PowerReading } from './power-switch.ts';

export interface FenceTarget {
  readonly host: HostName;
  readonly incident: IncidentId;
  /** The newest report of the failure: who gave it, and its place in the order of receipt. */
  readonly report: { readonly evidenceId: number; readonly by: string };
  /**
   * Carries out what changes the power. Before it does, it looks at the host again and renews the
   * right to act; it throws, and nothing is changed, when the host lives or the right is lost.
   */
  readonly command: (act: () => Promise<void>) => Promise<void>;
}

export type FenceOutcome =
  | { readonly kind: 'confirmed'; readonly confirmation: Confirmation }
  | { readonly kind: 'failed'; readonly reason: string };

export interface FenceDevice {
  readonly name: string;
  /**
   * Makes certain that the host is off, or says why it cannot. Safe to repeat: what is off already
   * is not switched. Ends within a time of its own.
   */
  fence(target: FenceTarget, signal: AbortSignal): Promise<FenceOutcome>;
  /**
   * What the power of the host reads now; only of devices whose confirmations rest on the power.
   * Ends within a time of its own and never throws for a device that does not answer.
   */
  readPower?(host: HostName, signal: AbortSignal): Promise<PowerReading>;
}
