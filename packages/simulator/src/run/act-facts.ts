/**
 * What is true of plan, instance and migrations at the moment of a call that changes the cloud,
 * read from the world and from the ledger.
 */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { ActFacts, Rival } from '../invariants/acts.ts';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import type { CallWitnesses, ChangingCall } from './call-facts.ts';

export interface ActWitnesses extends Pick<CallWitnesses, 'clock' | 'cloud' | 'ledger'> {
  /** A migration that has begun since may not have shown in the newest facts of a replica. */
  readonly toleranceMs: number;
}

export function actFacts(
  witnesses: ActWitnesses,
  { call, host, instance }: ChangingCall,
): ActFacts {
  const { clock, cloud, ledger } = witnesses;
  const nowMs = clock.monotonicMs();
  const incident = ledger.openIncident(host);
  return {
    call,
    host,
    incidentForMs: incident === undefined ? undefined : nowMs - incident.openedMs,
    isPlanned: incident !== undefined && ledger.isPlanned(incident.id),
    silentForMs: nowMs - cloud.host(host).lastReportMs,
    uncleaned: uncleanedOf(cloud, host),
    rivals: instance === undefined ? [] : rivalsOf(witnesses, instance),
  };
}

const UNCLEANED: readonly string[] = ['accepted', 'pre-migrating', 'done'];

const uncleanedOf = (cloud: SimulatedCloud, host: HostName): readonly number[] =>
  cloud
    .migrations()
    .filter((one) => one.sourceHost === host && one.type === 'evacuation')
    .filter((one) => UNCLEANED.includes(one.status))
    .map((one) => one.id);

/** Open migrations of the instance with a host whose nova-compute runs, heard or not. */
function rivalsOf(
  { clock, cloud, ledger, toleranceMs }: ActWitnesses,
  instance: InstanceUuid,
): readonly Rival[] {
  const nowMs = clock.monotonicMs();
  return cloud.openMigrations(instance).flatMap((one) => {
    const { id, type, by, openForMs, otherHosts } = one;
    if (!one.isAlive) return [];
    const living = otherHosts.map((name) => cloud.host(name)).filter((host) => host.computeRuns);
    const liveForMs = living.map((host) => nowMs - (host.reportingSinceMs ?? 0));
    const forMs = living.length === 0 ? openForMs : Math.min(openForMs, Math.max(...liveForMs));
    const livingHosts = living.map((host) => host.name);
    const wasReported = livingHosts.some((name) => ledger.wasEverReported(name));
    return [{ id, type, by, forMs, livingHosts, wasReported, toleranceMs }];
  });
}
