/**
 * What is true at the moment of a call that changes the cloud: of the world, of the ledger, and of
 * what the operator keeps back. It is what the invariants of calls are judged on.
 */
import type { Clock, HostName, InstanceUuid, ReplicaId, ServiceUuid } from '@medevac/kernel';
import type { ServiceChange } from '@medevac/openstack';
import type { KeptBack } from '../callers/kept-back.ts';
import type { CallFacts } from '../invariants/calls.ts';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import type { Fencing } from './fencing.ts';
import type { Ledger } from './ledger.ts';

export interface ChangingCall {
  readonly call: CallFacts['call'];
  readonly host: HostName;
  readonly instance?: InstanceUuid;
  /** The reserved host that an evacuation names. */
  readonly target?: HostName;
}

const CALLS: Readonly<Record<string, CallFacts['call']>> = {
  evacuate: 'evacuate',
  resetState: 'reset',
};

/** What a call to Nova would change, and of which host; `undefined`: nothing. */
export function changingCall(
  cloud: SimulatedCloud,
  name: string,
  parameters: readonly unknown[],
): ChangingCall | undefined {
  if (name === 'changeService') {
    const [uuid, change] = parameters as readonly [ServiceUuid, ServiceChange];
    const host = cloud.hostOfService(uuid);
    // A reserved host that is readied or given back: judged by its own invariants.
    if (host === undefined || change.forcedDown === undefined) return undefined;
    return { call: change.forcedDown === true ? 'force-down' : 'clear', host };
  }
  const call = CALLS[name];
  // An instance that has arrived is put back to the state error that it had before.
  if (call === undefined || (call === 'reset' && parameters[1] === 'error')) return undefined;
  const server = cloud.instance(String(parameters[0]))?.server;
  if (server === undefined || server.host === null) return undefined;
  const target = call === 'evacuate' ? (parameters[1] as HostName | undefined) : undefined;
  const to = target === undefined ? {} : { target };
  return { call, host: server.host, instance: server.uuid, ...to };
}

export interface CallWitnesses {
  readonly clock: Clock;
  readonly cloud: SimulatedCloud;
  readonly ledger: Ledger;
  readonly keptBack: KeptBack;
  /** A host whose newest report to Nova is older than this counts as silent. */
  readonly silenceMs: number;
  readonly fencing: Fencing;
}

export function callFacts(
  { clock, cloud, ledger, keptBack, silenceMs, fencing }: CallWitnesses,
  replica: ReplicaId,
  { call, host }: ChangingCall,
): CallFacts {
  const nowMs = clock.monotonicMs();
  const { bmc, lastReportMs, power, powerSinceMs, reportingSinceMs } = cloud.host(host);
  const word = ledger.wordOf(host);
  const isRead = fencing !== 'trusted' && fencing !== 'required' && word !== 'reset';
  // Where somebody outside has said that it is off, a switch that does not answer says nothing.
  const mayBeSilent = bmc === 'unreachable' || fencing === 'dual' || fencing === 'levels';
  const isUnread = bmc === 'lying' || (word === 'off' && mayBeSilent);
  const readsOn = isRead && power === 'on' && !isUnread;
  const isSilent = reportingSinceMs === undefined || nowMs - lastReportMs > silenceMs;
  const incident = ledger.openIncident(host);
  return {
    call,
    host,
    holdsLease: ledger.holdsLease(replica, host),
    wasReported: ledger.wasEverReported(host),
    reportingForMs: isSilent ? undefined : nowMs - reportingSinceMs,
    incidentState: incident?.state,
    inStateForMs: incident === undefined ? 0 : nowMs - incident.sinceMs,
    contradictedForMs: ledger.contradictedForMs(host),
    keptBackForMs: keptBack.forMs(host),
    poweredForMs: readsOn ? nowMs - powerSinceMs : undefined,
    unprovenForMs: fencing === 'required' ? ledger.wordlessForMs(host) : undefined,
  };
}
