/**
 * Readies a reserved host: enables its nova-compute and, where operators want it, adds it to the
 * aggregates of the failed host. Observes: both services, the aggregates. Changes: only what stands
 * otherwise; what is about to be changed is kept in the reservation first. Safe to repeat.
 */
import type { Guard } from '@medevac/core';
import { invariant, OperationalError } from '@medevac/kernel';
import type { Aggregate, Call } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { Recovery } from '../recovery/context.ts';
import type { DeathCertificate } from '../recovery/death-certificate.ts';
import { checkStillDown } from '../recovery/living-check.ts';
import { TimelineStep } from '../recovery/recorder.ts';
import type { ReservationNote, ReservationRecord } from '../stores/reservation-store.ts';
import { reportsNow } from './reserved-hosts.ts';

export type ReadyResult =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'contradicted'; readonly guard: Guard; readonly reason: string };

const CALL_MS = 20_000;

export async function readyHost(
  recovery: Recovery,
  id: number,
  certificate: DeathCertificate,
  attempt: Attempt,
): Promise<ReadyResult> {
  const record = await recovery.ports.stores.reservations.read(id);
  invariant(record !== undefined, `there is no reservation ${id}`);
  const seen = await checkStillDown(recovery, certificate);
  if (seen.kind === 'contradicted') return seen;
  const unusable = await enable(recovery, record, attempt);
  if (unusable !== undefined) return { kind: 'unusable', reason: unusable };
  if (recovery.settings.addsReservedHostToAggregates) {
    await joinAggregates(recovery, record, attempt);
  }
  await note(recovery, record, { isReady: true });
  return { kind: 'ready' };
}

/** Answers why the host cannot be used. */
async function enable(
  recovery: Recovery,
  record: ReservationRecord,
  attempt: Attempt,
): Promise<string | undefined> {
  const { ports, recorder, watch } = recovery;
  const { hostName: host, serviceUuid } = record;
  const view = await watch.refresh(host);
  if (view?.kind !== 'seen') return `Nova does not show the service of ${host} now`;
  if (view.uuid !== serviceUuid) return `${host} has registered anew in Nova as ${view.uuid}`;
  if (view.forcedDown) return `${host} is forced down`;
  // A dead host that Nova still counts as up would block nova-api for its RPC time-out.
  const isAlive = await reportsNow(recovery, host, attempt.signal);
  if (!isAlive) return `${host} has gone silent`;
  if (view.status === 'enabled') return undefined;
  await recorder.note(TimelineStep.evacuate, `Enabling reserved host: '${host}'`, 0);
  const outcome = await attempt.effect(() =>
    ports.nova.changeService(serviceUuid, { status: 'enabled' }, callOf(attempt)),
  );
  if (outcome.kind === 'changed') return undefined;
  return outcome.kind === 'missing'
    ? `the service of ${host} is gone`
    : `Nova does not enable ${host}: ${outcome.message}`;
}

async function joinAggregates(
  recovery: Recovery,
  record: ReservationRecord,
  attempt: Attempt,
): Promise<void> {
  const { incident, ports, recorder } = recovery;
  const { hostName: host } = record;
  const all = await ports.aggregates.listAggregates(callOf(attempt));
  const has = (one: Aggregate, name: string): boolean => one.hosts.some((each) => each === name);
  const missing = all.filter((one) => has(one, incident.hostName) && !has(one, host));
  const ours = new Set([...record.aggregates, ...missing.map((one) => one.id)]);
  if (missing.length > 0) await note(recovery, record, { aggregates: [...ours] });
  for (const { id, name } of missing) {
    const change = await attempt.effect(() => ports.aggregates.addHost(id, host, callOf(attempt)));
    const isIn = change.kind === 'changed' || change.kind === 'unchanged';
    const why = change.kind === 'refused' ? `: ${change.message}` : '';
    const message = isIn
      ? `Added host ${host} to aggregate '${name}'`
      : `Host ${host} was not added to aggregate '${name}'${why}`;
    await recorder.note(TimelineStep.evacuate, message, 0, !isIn);
  }
}

async function note(
  { ports, scope }: Recovery,
  { id, hostName }: ReservationRecord,
  change: ReservationNote,
): Promise<void> {
  const outcome = await scope.write((tenure) =>
    ports.stores.reservations.note(tenure, id, change, ports.clock.wallMs()),
  );
  if (outcome === 'written') return;
  throw new OperationalError(
    ENGINE_ERRORS.reservationLost,
    `${hostName} is no longer held by reservation ${id}`,
    { retry: 'never' },
  );
}

const callOf = (attempt: Attempt): Call => ({
  deadlineMs: Math.min(attempt.remainingMs(), CALL_MS),
  signal: attempt.signal,
});
