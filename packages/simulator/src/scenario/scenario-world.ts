/**
 * Everything of one scenario in one place: the cloud, the stores, the replicas, the log, and the
 * invariants that are checked at every call and at every moment. It is what events act on.
 */
import {
  type HostName,
  type HostUuid,
  messageOf,
  type Random,
  type ReplicaId,
  type SegmentUuid,
  type ServiceUuid,
  seededRandom,
} from '@medevac/kernel';
import type { ServiceChange } from '@medevac/openstack';
import { openMemory, type Stores } from '@medevac/store';
import { CALL_INVARIANTS, type CallFacts } from '../invariants/calls.ts';
import { type Invariant, judge, type Violation } from '../invariants/invariant.ts';
import { GUEST_INVARIANTS, WRITE_INVARIANTS } from '../invariants/truths.ts';
import type { ActiveFault } from '../run/faulty-ports.ts';
import { Ledger } from '../run/ledger.ts';
import { VirtualTime } from '../time/virtual-time.ts';
import { SimulatedCloud } from '../world/simulated-cloud.ts';
import { CallFaults } from './call-faults.ts';
import { Narrator } from './narrator.ts';
import { ReportWay } from './report-way.ts';
import { ScenarioReplica } from './scenario-replica.ts';
import { ShownMigrations } from './shown-cloud.ts';
import type { WorldSpec } from './world-file.ts';

export const SEGMENT = '00000000-0000-4000-8000-000000000001' as SegmentUuid;
/** A host whose newest report is older than this many intervals counts as silent. */
const SILENCE = 1.1;

export class ScenarioWorld {
  readonly spec: WorldSpec;
  readonly time = new VirtualTime();
  readonly cloud: SimulatedCloud;
  readonly stores: Stores;
  readonly narrator: Narrator;
  readonly migrations: ShownMigrations;
  readonly callFaults: CallFaults;
  readonly databaseFaults = new Set<ActiveFault>();
  readonly reports: ReportWay;
  readonly violations: Violation[] = [];
  /** Since when the operator keeps recovery back, by what is kept back. */
  readonly keptBack = new Map<string, number>();
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #replicas = new Map<number, ScenarioReplica>();
  #lives = 0;
  #doubleRunsSeen = 0;

  constructor(spec: WorldSpec) {
    const { time } = this;
    this.spec = spec;
    this.#random = seededRandom(spec.seed);
    const { hosts, roomPerHost, nova } = spec;
    const random = this.#random.fork('cloud');
    this.cloud = new SimulatedCloud({ clock: time, random, hosts, roomPerHost, ...nova });
    this.narrator = new Narrator(time, spec.instanceLines);
    this.migrations = new ShownMigrations(this.cloud);
    const { narrator } = this;
    this.callFaults = new CallFaults({ clock: time, say: (text) => narrator.say('fault', text) });
    this.#ledger = new Ledger(time, (text) =>
      this.#violate({ invariant: 'stale-replica-writes-nothing', atMs: time.monotonicMs(), text }),
    );
    this.stores = narrator.listen(this.#ledger.listen(openMemory()));
    this.reports = new ReportWay({
      clock: time,
      stores: this.stores,
      narrator,
      onHostFailure: (host) => this.#ledger.noteReport(host),
      nudge: () => this.#replicas.forEach((replica) => replica.nudge()),
    });
  }

  async open(): Promise<void> {
    const { cloud, spec, stores, time } = this;
    const segment = {
      name: 'segment',
      description: null,
      serviceType: 'COMPUTE',
      recoveryMethod: 'auto',
      enabled: true,
    } as const;
    await stores.segments.createSegment(SEGMENT, segment, time.wallMs());
    for (const [index, { name }] of cloud.hosts().entries()) {
      const uuid = `00000000-0000-4000-8000-1${String(index).padStart(11, '0')}` as HostUuid;
      const fields = { name, type: 'KVM', controlAttributes: 'SSH' } as const;
      const flags = { reserved: false, onMaintenance: false };
      await stores.segments.createHost(uuid, SEGMENT, { ...fields, ...flags }, time.wallMs());
      this.narrator.name(uuid, name);
    }
    for (const { count, host, ...options } of spec.instances) cloud.boot(count, host, options);
    this.narrator.watch(cloud);
    cloud.onEvent(() => this.#lookAtGuests());
    cloud.onWrite((write) => this.#judge(WRITE_INVARIANTS, write));
    cloud.start();
    for (const index of spec.replicas.keys()) this.startReplica(index + 1);
  }

  close(): void {
    for (const replica of this.#replicas.values()) replica.life.kill();
    this.cloud.stop();
  }

  startReplica(number: number): void {
    const life = ++this.#lives;
    const { spec } = this;
    const replica = new ScenarioReplica({
      id: `replica-${number}.${life}` as ReplicaId,
      clock: this.time,
      ownClock: spec.replicas[number - 1] ?? { offsetMs: 0, rate: 1 },
      random: this.#random.fork(`replica-${life}`),
      nova: this.migrations.around(this.cloud.nova),
      placement: this.cloud.placement,
      stores: this.stores,
      settings: spec.engine,
      fencing: spec.fencing,
      callFaults: this.callFaults,
      databaseFaults: this.databaseFaults,
      onCall: (id, name, parameters) => this.#judgeCall(id, name, parameters),
    });
    this.#replicas.set(number, replica);
  }

  replica(number: number): ScenarioReplica {
    const replica = this.#replicas.get(number);
    if (replica === undefined) throw new Error(`there is no replica ${number}`);
    return replica;
  }

  /** A part of the scenario itself failed: nothing may hide that. */
  fail(what: string, error: unknown): void {
    const text = `${what}: ${messageOf(error)}`;
    this.#violate({ invariant: 'the-run-itself-works', atMs: this.time.monotonicMs(), text });
  }

  #judgeCall(replica: ReplicaId, name: string, parameters: readonly unknown[]): void {
    const seen = this.#callOf(name, parameters);
    if (seen === undefined) return;
    const { call, host } = seen;
    const nowMs = this.time.monotonicMs();
    const { lastReportMs, reportingSinceMs } = this.cloud.host(host);
    const isSilent =
      reportingSinceMs === undefined || nowMs - lastReportMs > this.spec.nova.reportMs * SILENCE;
    const incident = this.#ledger.openIncident(host);
    const kept = [this.keptBack.get('segment'), this.keptBack.get(host)];
    const keptSinceMs = kept.filter((one) => one !== undefined).toSorted((a, b) => a - b)[0];
    this.#judge(CALL_INVARIANTS, {
      call,
      host,
      holdsLease: this.#ledger.holdsLease(replica, host),
      wasReported: this.#ledger.wasEverReported(host),
      reportingForMs: isSilent ? undefined : nowMs - reportingSinceMs,
      incidentState: incident?.state,
      inStateForMs: incident === undefined ? 0 : nowMs - incident.sinceMs,
      contradictedForMs: this.#ledger.contradictedForMs(host),
      keptBackForMs: keptSinceMs === undefined ? undefined : nowMs - keptSinceMs,
    });
  }

  /** What a call to Nova would change, and of which host. */
  #callOf(
    name: string,
    parameters: readonly unknown[],
  ): { readonly call: CallFacts['call']; readonly host: HostName } | undefined {
    if (name === 'changeService') {
      const [uuid, change] = parameters as readonly [ServiceUuid, ServiceChange];
      const host = this.cloud.hosts().find((one) => one.serviceUuid === uuid)?.name;
      if (host === undefined) return undefined;
      return { call: change.forcedDown === true ? 'force-down' : 'clear', host };
    }
    if (name !== 'evacuate' && name !== 'resetState') return undefined;
    const host = this.cloud.instance(String(parameters[0]))?.server.host ?? undefined;
    return host && { call: name === 'evacuate' ? 'evacuate' : 'reset', host };
  }

  #lookAtGuests(): void {
    const { doubleRuns } = this.cloud;
    for (const one of doubleRuns.slice(this.#doubleRunsSeen)) this.#judge(GUEST_INVARIANTS, one);
    this.#doubleRunsSeen = doubleRuns.length;
  }

  #judge<Facts>(invariants: readonly Invariant<Facts>[], facts: Facts): void {
    const where = { atMs: this.time.monotonicMs(), isOutside: false };
    for (const violation of judge(invariants, facts, where)) this.#violate(violation);
  }

  #violate(violation: Violation): void {
    this.narrator.say('VIOLATION', `${violation.invariant}: ${violation.text}`);
    this.violations.push(violation);
  }
}
