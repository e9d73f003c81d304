/**
 * A person's word that a host is off. It is taken only while an incident of the host is open and
 * Nova shows the host silent, and is kept as evidence with identity and reason. It switches nothing
 * and writes nothing to the cloud: the recovery finds it there, and judges it as any confirmation.
 */
import { isFinal } from '@medevac/core';
import type { Clock, HostName, IncidentId, Log } from '@medevac/kernel';
import { EvidenceKind, type IncidentStore } from '../stores/incident-store.ts';
import { type CommandResult, refused } from './command-result.ts';

/** What Nova shows of a host's reports now. */
export type HostSilence =
  | { readonly kind: 'silent'; readonly forMs: number }
  /** Its newest report is too new, or it has not been watched for long enough; `waitMs` is left. */
  | { readonly kind: 'reporting'; readonly waitMs: number }
  /** Its cell cannot be seen, or there is no such service. */
  | { readonly kind: 'unseen' };

export interface ConfirmFencedParts {
  readonly stores: { readonly incidents: IncidentStore };
  /** Asks Nova now. */
  readonly silenceOf: (host: HostName) => Promise<HostSilence>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Who says it, and why it is believed; the reason is never empty. */
export interface OperatorsConfirmation {
  readonly by: string;
  readonly reason: string;
}

export async function confirmFenced(
  { clock, log, silenceOf, stores }: ConfirmFencedParts,
  id: IncidentId,
  { by, reason }: OperatorsConfirmation,
): Promise<CommandResult> {
  const incident = await stores.incidents.read(id);
  if (incident === undefined) return { kind: 'missing' };
  const host = incident.hostName;
  if (isFinal(incident.state)) {
    return refused(`it is ${incident.state}; only the host of an open incident is confirmed off`);
  }
  const silence = await silenceOf(host);
  if (silence.kind === 'unseen') {
    return refused(`Nova does not show the service of ${host} now; ask again when it does`);
  }
  if (silence.kind === 'reporting') {
    const seconds = Math.ceil(silence.waitMs / 1000);
    return refused(
      `Nova has not shown ${host} silent for long enough; if it is off, ask again in ${seconds} s`,
    );
  }
  const receivedAtMs = clock.wallMs();
  const from = { source: 'operator', observer: by, receivedAtMs };
  const content = { kind: 'off', reason, silentForMs: Math.round(silence.forMs) };
  const evidence = await stores.incidents.readEvidence(id);
  const lastOf = (kind: EvidenceKind): number =>
    evidence.findLast((one) => one.kind === kind)?.id ?? 0;
  // A report that a sign of life has made void is repeated by whoever says that the host is off.
  if (lastOf(EvidenceKind.signOfLife) > lastOf(EvidenceKind.failure)) {
    await stores.incidents.addEvidence(host, { ...from, content, kind: EvidenceKind.failure });
  }
  const word = { ...from, content, kind: EvidenceKind.confirmedOff };
  if ((await stores.incidents.addEvidence(host, word)) === 'no-incident') {
    return refused('its recovery has just ended; look at it again');
  }
  log.warn('incident.confirmed_off', { incident: id, host, by, reason });
  const taken = await stores.incidents.read(id);
  return taken === undefined ? { kind: 'missing' } : { kind: 'taken', incident: taken };
}
