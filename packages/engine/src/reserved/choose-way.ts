/**
 * Chooses the next way and holds the reserved host that it goes to. Observes: the segment, its
 * reserved hosts, Nova's services, Placement. Changes: the reservation in the database alone,
 * before anything is done with the host. Safe to repeat: what the incident holds already is chosen
 * again.
 */
import { decideWay, IncidentState, type Way, type WayGone } from '@medevac/core';
import { invariant } from '@medevac/kernel';
import type { Attempt } from '@medevac/workflow';
import { type Recovery, readOperatorsWord } from '../recovery/context.ts';
import type { DeathCertificate } from '../recovery/death-certificate.ts';
import { listUnsettled } from '../recovery/evacuate-all.ts';
import { checkStillDown } from '../recovery/living-check.ts';
import { TimelineStep } from '../recovery/recorder.ts';
import { RetryBell } from '../recovery/retry-bell.ts';
import { type ReservedHost, readReservedHosts } from './reserved-hosts.ts';
import type { ChosenWay } from './way.ts';

export interface WayQuestion {
  readonly certificate: DeathCertificate;
  readonly newestMigrationId: number;
  readonly gone: readonly WayGone[];
}

interface Look {
  readonly way: Way;
  readonly method: string;
  readonly hosts: readonly ReservedHost[];
}

/** How often a free reserved host is looked for; and a service that Nova has only just shown. */
const LOOK_MS = 10_000;
const CLEAR_LOOK_MS = 1_000;
const CALL_MS = 60_000;
const LOST_TRIES = 3;
const METHODS_WITH_RESERVED = ['reserved_host', 'rh_priority', 'auto_priority'];

export async function chooseWay(
  recovery: Recovery,
  question: WayQuestion,
  attempt: Attempt,
): Promise<ChosenWay> {
  const { incident, ports } = recovery;
  const bell = new RetryBell({
    ...{ clock: ports.clock, incidents: ports.stores.incidents, incident: incident.id },
    heardMs: incident.retryAskedAtMs,
  });
  const beganMs = ports.clock.monotonicMs();
  for (;;) {
    const waitedMs = ports.clock.monotonicMs() - beganMs;
    const look = await lookAround(recovery, question.gone, attempt, waitedMs);
    const { way } = look;
    if (look.hosts.some((host) => host.isUnclear)) {
      await ports.clock.sleep(CLEAR_LOOK_MS, attempt.signal);
      continue;
    }
    if (way.kind === 'give-up') return way;
    if (way.kind === 'nova') return await byNova(recovery, question, look, attempt);
    if (way.kind === 'reserved') {
      const chosen = await reserve(recovery, question, look, attempt);
      if (chosen !== undefined) return chosen;
      continue;
    }
    const seen = await checkStillDown(recovery, question.certificate);
    if (seen.kind === 'contradicted') return seen;
    await showWaiting(recovery, way.reason);
    await bell.pause(LOOK_MS, attempt.signal);
  }
}

/** Whether what waits for a host of Nova's choice could go to a reserved host now. */
export async function hasReservedWay(
  recovery: Recovery,
  gone: readonly WayGone[],
  attempt: Pick<Attempt, 'signal'>,
): Promise<boolean> {
  const look = await lookAround(recovery, gone, { ...attempt, remainingMs: () => CALL_MS });
  return look.way.kind === 'reserved';
}

async function lookAround(
  recovery: Recovery,
  gone: readonly WayGone[],
  attempt: Pick<Attempt, 'signal' | 'remainingMs'>,
  waitedMs = 0,
): Promise<Look> {
  const { incident, ports, settings } = recovery;
  const word = await readOperatorsWord(recovery);
  const method = word?.recoveryMethod ?? 'auto';
  const left = await listUnsettled(recovery);
  let hosts: readonly ReservedHost[] = [];
  if (METHODS_WITH_RESERVED.includes(method)) {
    const deadlineMs = Math.min(attempt.remainingMs(), CALL_MS);
    const call = { deadlineMs, signal: attempt.signal };
    const list = await ports.nova.listServers({ host: incident.hostName }, call);
    const uuids = new Set(left.map((one) => one.instanceUuid));
    const servers = list.servers.filter((server) => uuids.has(server.uuid));
    hosts = await readReservedHosts(recovery, { servers, triedOn: triedOn(gone) }, call);
  }
  const way = decideWay({
    failedHost: incident.hostName,
    recoveryMethod: method,
    left: left.length,
    gone,
    reserved: hosts.map((host) => host.facts),
    waitedMs,
    waitLimitMs: settings.timing.instanceMs,
  });
  return { way, method, hosts };
}

/**
 * Hosts on which nothing that is left need be tried again. One that was lost on the way may be
 * there again, but not for ever.
 */
function triedOn(gone: readonly WayGone[]): ReadonlySet<string> {
  const hosts = gone.flatMap((one) => one.host ?? []);
  return new Set(
    hosts.filter((host) => {
      const ways = gone.filter((one) => one.host === host);
      return ways.length >= LOST_TRIES || ways.some((one) => !one.isLost);
    }),
  );
}

async function byNova(
  recovery: Recovery,
  question: WayQuestion,
  { way, method }: Look,
  attempt: Attempt,
): Promise<ChosenWay> {
  invariant(way.kind === 'nova', 'Nova was chosen');
  const isWaiting = recovery.recorder.state === IncidentState.waitingCapacity;
  if (isWaiting || question.gone.length > 0 || METHODS_WITH_RESERVED.includes(method)) {
    await tell(recovery, question, way.reason);
  }
  const since =
    question.gone.length === 0 ? 0 : await newestEvacuation(recovery, question, attempt);
  return { kind: 'nova', isLast: way.isLast, since, method };
}

/** `undefined`: somebody else was quicker. */
async function reserve(
  recovery: Recovery,
  question: WayQuestion,
  { way, hosts }: Look,
  attempt: Attempt,
): Promise<ChosenWay | undefined> {
  invariant(way.kind === 'reserved', 'a reserved host was chosen');
  const { incident, ports, scope, watch } = recovery;
  const { reservations } = ports.stores;
  const host = hosts.find((one) => one.facts.host === way.host);
  invariant(host !== undefined, `${way.host} is a reserved host of the segment`);
  const { name, uuid } = host.record;
  const since = await newestEvacuation(recovery, question, attempt);
  if (host.facts.isUsedByUs) {
    await tell(recovery, question, way.reason);
    return { kind: 'reserved', host: name, reservation: null, since };
  }
  const lastEnded = await reservations.lastEnded(uuid);
  const view = await watch.refresh(name);
  // What has gone out of sight in this moment is looked at again.
  if (view?.kind !== 'seen') return undefined;
  const outcome = await scope.write((tenure) =>
    reservations.reserve(tenure, {
      ...{ incidentId: incident.id, failedHost: incident.hostName },
      ...{ hostUuid: uuid, hostName: name, serviceUuid: view.uuid },
      wasEnabled: view.status === 'enabled',
      disabledReason: view.disabledReason,
      lastEnded,
      createdAtMs: ports.clock.wallMs(),
    }),
  );
  if (outcome === 'taken') return undefined;
  const held = (await reservations.listOfIncident(incident.id)).findLast(
    (one) => one.hostUuid === uuid && one.state === 'held',
  );
  invariant(held !== undefined, `${name} is held for ${incident.hostName}`);
  await tell(recovery, question, way.reason);
  return { kind: 'reserved', host: name, reservation: held.id, since };
}

async function newestEvacuation(
  { incident, ports }: Recovery,
  { newestMigrationId }: WayQuestion,
  attempt: Attempt,
): Promise<number> {
  const deadlineMs = Math.min(attempt.remainingMs(), CALL_MS);
  const query = {
    sourceHost: incident.hostName,
    type: 'evacuation',
    newerThanId: newestMigrationId,
  };
  const rows = await ports.nova.listMigrations(query, { deadlineMs, signal: attempt.signal });
  return rows.reduce((newest, row) => Math.max(newest, row.id), newestMigrationId);
}

/** The path of the recovery stands in its timeline, in order. */
async function tell({ recorder }: Recovery, { gone }: WayQuestion, reason: string): Promise<void> {
  const onlyFrom = IncidentState.waitingCapacity;
  await recorder.moveTo(IncidentState.evacuating, reason, { onlyFrom });
  await recorder.note(TimelineStep.evacuate, `Way ${gone.length + 1}: ${reason}`, 0);
}

async function showWaiting({ recorder }: Recovery, reason: string): Promise<void> {
  // From the plan there is no direct move.
  const onlyFrom = IncidentState.planning;
  await recorder.moveTo(IncidentState.evacuating, reason, { onlyFrom });
  const isNew = await recorder.moveTo(IncidentState.waitingCapacity, reason);
  if (isNew) await recorder.note(TimelineStep.evacuate, reason, 0);
}
