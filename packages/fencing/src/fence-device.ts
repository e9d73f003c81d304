/** Port: a power switch, or whatever else can prove that a host is off. */
import type { Confirmation } from '@medevac/core';
import type { HostName, IncidentId } from '@medevac/kernel';

export interface FenceTarget {
  readonly host: HostName;
  readonly incident: IncidentId;
  /** The newest report of the failure: who gave it, and its place in the order of receipt. */
  readonly report: { readonly evidenceId: number; readonly by: string };
}

export type FenceOutcome =
  | { readonly kind: 'confirmed'; readonly confirmation: Confirmation }
  | { readonly kind: 'failed'; readonly reason: string };

export interface FenceDevice {
  readonly name: string;
  /** Makes certain that the host is off, or says why it cannot. Safe to repeat. */
  fence(target: FenceTarget, signal: AbortSignal): Promise<FenceOutcome>;
}
