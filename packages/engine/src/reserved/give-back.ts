/**
 * Gives a reserved host back that was not needed: out of the aggregates to which it was added, its
 * service disabled again with the reason that it had. A run of its own, so that it is done however
 * the recovery ended. Observes: service, instances, evacuations, aggregates. Changes: only what the
 * recovery has changed, and nothing while instances are on it: then it is an ordinary host now.
 * Safe to repeat.
 */
import { isMigrationOpen } from '@medevac/core';
import { invariant, type Json, OperationalError, type RunId } from '@medevac/kernel';
import type { Call, ComputeService } from '@medevac/openstack';
import { type Attempt, type Scope, StepFailed, type WorkflowDefinition } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { NovaWatch } from '../evidence/nova-watch.ts';
import type { EnginePorts } from '../ports.ts';
import { HeedingScope, requireUnpaused } from '../recovery/pause.ts';
import type { EngineSettings } from '../settings.ts';
import { type ReservationRecord, ReservationState } from '../stores/reservation-store.ts';

export const GIVE_BACK = 'give-back';

export const giveBackRunId = ({ id, tries }: ReservationRecord): RunId =>
  `give-back/${id}${tries === 0 ? '' : `/${tries}`}` as RunId;

export interface GiveBackParts {
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  readonly watch: NovaWatch;
}

type Answer = { readonly to: 'given_back' | 'used'; readonly message: string };

const RETRY = {
  maxAttempts: Number.MAX_SAFE_INTEGER,
  firstDelayMs: 1_000,
  maxDelayMs: 30_000,
  factor: 2,
} as const;
const CALL_MS = 20_000;
/** Nova takes a reason of 1 to 255 characters; a service may have been disabled without one. */
const NO_REASON = 'reserved host';

export function giveBackWorkflow(parts: GiveBackParts): WorkflowDefinition {
  return {
    name: GIVE_BACK,
    version: 1,
    run: async (scope, input) => {
      const record = await readReservation(parts, input);
      if (record?.state !== ReservationState.releasing) return 'nothing to do';
      const deadlineMs = parts.settings.timing.patienceMs;
      const options = { deadlineMs, retry: RETRY, outlastsRefusals: true };
      const { incidents } = parts.ports.stores;
      const heeding = new HeedingScope(scope, () => requireUnpaused(incidents, record.incidentId));
      try {
        const answer = await heeding.step('give-back', options, (attempt) =>
          giveBack(parts, record, attempt),
        );
        await move(parts, scope, record, answer);
        return answer.to;
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
        await tryAnew(parts, scope, record, error.error.message);
        return ReservationState.releasing;
      }
    },
    onInterrupted: async (scope, input, interruption) => {
      const record = await readReservation(parts, input);
      if (record?.state !== ReservationState.releasing) return;
      await tryAnew(parts, scope, record, interruption.reason);
    },
  };
}

async function readReservation(
  { ports }: GiveBackParts,
  input: Json,
): Promise<ReservationRecord | undefined> {
  invariant(typeof input === 'number', 'the input of giving back is a reservation');
  return await ports.stores.reservations.read(input);
}

async function move(
  { ports }: GiveBackParts,
  scope: Scope,
  record: ReservationRecord,
  { to, message }: { readonly to: ReservationState; readonly message: string },
): Promise<void> {
  const change = { from: ReservationState.releasing, to, message, atMs: ports.clock.wallMs() };
  const outcome = await scope.write((tenure) =>
    ports.stores.reservations.move(tenure, record.id, change),
  );
  ports.log.info('reserved.moved', { host: record.hostName, to, message, outcome });
}

/** Nothing is given up: the next turn of any replica begins a new run. */
async function tryAnew(
  parts: GiveBackParts,
  scope: Scope,
  record: ReservationRecord,
  message: string,
): Promise<void> {
  await move(parts, scope, record, { to: ReservationState.releasing, message });
}

async function giveBack(
  parts: GiveBackParts,
  record: ReservationRecord,
  attempt: Attempt,
): Promise<Answer> {
  const { ports, settings } = parts;
  const { hostName: host, failedHost } = record;
  // A change of the recovery whose answer nobody saw may still land: it must not land behind us.
  if (!record.isReady) await ports.clock.sleep(settings.timing.callSettleMs, attempt.signal);
  const view = await parts.watch.refresh(host);
  if (view?.kind === 'unseen') throw notReady(`Nova does not show the service of ${host} now`);
  const call = callOf(attempt);
  const list = await ports.nova.listServers({ host }, call);
  const onIt = list.servers.length + list.unseen.length;
  if (onIt > 0) {
    const message = `${onIt} instances are on ${host}: it is an ordinary host now`;
    return { to: ReservationState.used, message };
  }
  const evacuations = await ports.nova.listMigrations({ sourceHost: failedHost }, call);
  const open = evacuations.find((one) => isMigrationOpen(one) && (one.destHost ?? host) === host);
  if (open !== undefined && record.tries > 0) {
    const message = `evacuation ${open.id} to ${host} does not end: it is an ordinary host now`;
    return { to: ReservationState.used, message };
  }
  if (open !== undefined) {
    throw notReady(`evacuation ${open.id} of ${failedHost} to ${host} is still ${open.status}`);
  }
  await leaveAggregates(ports, record, attempt);
  if (view === undefined || view.uuid !== record.serviceUuid) {
    const message = `${host} has left Nova or registered anew; its service is left as it is`;
    return { to: ReservationState.givenBack, message };
  }
  await disable(parts, record, view, attempt);
  return { to: ReservationState.givenBack, message: `${host} was not needed and is reserved` };
}

/** What an operator has disabled meanwhile stays as it is. */
async function disable(
  { ports, watch }: GiveBackParts,
  record: ReservationRecord,
  view: ComputeService,
  attempt: Attempt,
): Promise<void> {
  const { disabledReason, hostName: host, serviceUuid, wasEnabled } = record;
  if (wasEnabled || view.status === 'disabled') return;
  // While Nova counts a dead host as up, a lone disable blocks nova-api for its RPC time-out.
  const isSilent = watch.silentForMs(host) > 2 * watch.reportIntervalMs(host);
  if (view.state === 'up' && isSilent) throw notReady(`${host} has gone silent`);
  const change = { status: 'disabled', disabledReason: disabledReason ?? NO_REASON } as const;
  const outcome = await attempt.effect(() =>
    ports.nova.changeService(serviceUuid, change, callOf(attempt)),
  );
  if (outcome.kind === 'changed') return;
  const why = outcome.kind === 'missing' ? 'the service is gone' : outcome.message;
  throw notReady(`Nova does not disable ${host}: ${why}`);
}

async function leaveAggregates(
  { aggregates }: EnginePorts,
  record: ReservationRecord,
  attempt: Attempt,
): Promise<void> {
  if (record.aggregates.length === 0) return;
  const all = await aggregates.listAggregates(callOf(attempt));
  const ours = all.filter((one) => record.aggregates.includes(one.id));
  for (const { id, name, hosts } of ours) {
    if (!hosts.some((one) => one === record.hostName)) continue;
    const change = await attempt.effect(() =>
      aggregates.removeHost(id, record.hostName, callOf(attempt)),
    );
    if (change.kind !== 'refused') continue;
    throw notReady(`Nova keeps ${record.hostName} in aggregate ${name}: ${change.message}`);
  }
}

const callOf = (attempt: Attempt): Call => ({
  deadlineMs: Math.min(attempt.remainingMs(), CALL_MS),
  signal: attempt.signal,
});

const notReady = (message: string): OperationalError =>
  new OperationalError(ENGINE_ERRORS.notGivenBack, message);
