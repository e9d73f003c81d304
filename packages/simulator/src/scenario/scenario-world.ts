/**
 * Everything of one scenario in one place: the cloud, the stores, the replicas, the log, and the
 * invariants that are checked at every call and at every moment. It is what events act on.
 */
import {
  type HostName,
  messageOf,
  type Random,
  type ReplicaId,
  seededRandom,
} from '@medevac/kernel';
import { openMemory, type Stores } from '@medevac/store';
import { Callers, protectHosts } from '../callers/callers.ts';
import { CALL_INVARIANTS } from '../invariants/calls.ts';
import { HOOK_CALL_INVARIANTS } from '../invariants/hooks.ts';
import { type Invariant, judge, type Violation } from '../invariants/invariant.ts';
import { LOCK_INVARIANTS } from '../invariants/locks.ts';
import { PAUSE_INVARIANTS } from '../invariants/pauses.ts';
import { HELD_INVARIANTS, RESERVED_CALL_INVARIANTS } from '../invariants/reserved.ts';
import { GUEST_INVARIANTS, WRITE_INVARIANTS } from '../invariants/truths.ts';
import { type ChangingCall, callFacts, changingCall } from '../run/call-facts.ts';
import { DrainJudge } from '../run/drain-judge.ts';
import type { ActiveFault } from '../run/faulty-ports.ts';
import { hookCallFacts } from '../run/hook-facts.ts';
import { Ledger } from '../run/ledger.ts';
import { lockFacts } from '../run/lock-facts.ts';
import type { ProductReplica } from '../run/product-replica.ts';
import { VirtualTime } from '../time/virtual-time.ts';
import { FencingGear } from '../world/fencing-gear.ts';
import { SimulatedCloud } from '../world/simulated-cloud.ts';
import { armWatchdogs } from '../world/watchdogs.ts';
import { CallFaults } from './call-faults.ts';
import { Narrator } from './narrator.ts';
import { ReportWay } from './report-way.ts';
import { ScenarioHooks } from './scenario-hooks.ts';
import { startScenarioReplica } from './scenario-replica.ts';
import { ShownMigrations } from './shown-cloud.ts';
import type { WorldSpec } from './world-file.ts';

/** A host whose newest report is older than this many intervals counts as silent. */
const SILENCE = 1.1;

export class ScenarioWorld {
  readonly spec: WorldSpec;
  readonly time = new VirtualTime();
  readonly cloud: SimulatedCloud;
  readonly gear: FencingGear;
  readonly stores: Stores;
  readonly narrator: Narrator;
  readonly hooks: ScenarioHooks;
  readonly migrations: ShownMigrations;
  readonly callFaults: CallFaults;
  readonly databaseFaults = new Set<ActiveFault>();
  readonly callers: Callers;
  readonly reports: ReportWay;
  readonly violations: Violation[] = [];
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #replicas = new Map<number, ProductReplica>();
  #reportsKept = 0;
  #disarm: (() => void) | undefined;
  #lives = 0;
  #doubleRunsSeen = 0;

  constructor(spec: WorldSpec) {
    const { time } = this;
    this.spec = spec;
    this.#random = seededRandom(spec.seed);
    const { hosts, roomPerHost, nova } = spec;
    const random = this.#random.fork('cloud');
    this.cloud = new SimulatedCloud({ clock: time, random, hosts, roomPerHost, ...nova });
    this.gear = new FencingGear(time, this.cloud);
    this.narrator = new Narrator(time, spec.instanceLines);
    this.migrations = new ShownMigrations(this.cloud);
    const { narrator } = this;
    this.hooks = new ScenarioHooks(time, narrator, spec.hooks);
    this.callFaults = new CallFaults({ clock: time, say: (text) => narrator.say('fault', text) });
    this.#ledger = new Ledger(time, (text) =>
      this.#violate({ invariant: 'stale-replica-writes-nothing', atMs: time.monotonicMs(), text }),
    );
    this.callers = new Callers({
      clock: time,
      replicas: () => [...spec.replicas.keys()].map((index) => this.#replicas.get(index + 1)),
      latencyMs: () => 0,
      judge: (invariants, facts) => this.#judge(invariants, facts),
      onHostFailure: (host) => this.#ledger.noteReport(host),
      onKept: ({ uuid }) => narrator.follow(uuid, `report-${++this.#reportsKept}`),
    });
    this.stores = narrator.listen(this.#ledger.listen(this.callers.listen(openMemory())));
    this.reports = new ReportWay({ clock: time, callers: this.callers, narrator });
  }

  async open(): Promise<void> {
    const { cloud, spec } = this;
    this.#ledger.reserved.onHeld = (facts) => this.#judge(HELD_INVARIANTS, facts);
    for (const { count, host, ...options } of spec.instances) cloud.boot(count, host, options);
    for (const { hosts, name } of spec.aggregates) cloud.aggregates.add(name, hosts);
    for (const { host, room } of spec.reserved) {
      cloud.operator.disable(host as HostName, 'kept in reserve');
      cloud.setRoom(host, room);
    }
    const drains = new DrainJudge({
      cloud,
      drains: this.#ledger.drains,
      judge: (invariants, facts) => this.#judge(invariants, facts),
    });
    cloud.onWrite((write) => drains.noteWrite(write));
    this.narrator.watch(cloud);
    cloud.onEvent(() => this.#lookAtGuests());
    cloud.onWrite((write) => this.#judge(WRITE_INVARIANTS, write));
    cloud.start();
    if (spec.hasWatchdogs) this.#disarm = armWatchdogs(this.time, cloud);
    for (const index of spec.replicas.keys()) this.startReplica(index + 1);
    await this.#protect();
  }

  close(): void {
    for (const replica of this.#replicas.values()) replica.life.kill();
    this.#disarm?.();
    this.cloud.stop();
  }

  startReplica(number: number): void {
    const life = ++this.#lives;
    const { spec } = this;
    const replica = startScenarioReplica({
      id: `replica-${number}.${life}` as ReplicaId,
      clock: this.time,
      ownClock: spec.replicas[number - 1] ?? { offsetMs: 0, rate: 1 },
      random: this.#random.fork(`replica-${life}`),
      nova: this.migrations.around(this.cloud.nova),
      placement: this.cloud.placement,
      aggregates: this.cloud.aggregates,
      actions: this.cloud.actions,
      catalogue: this.cloud.catalogue,
      stores: this.stores,
      settings: spec.engine,
      fencing: spec.fencing,
      importsFencing: spec.importsFencing,
      gear: this.gear,
      hooks: this.hooks.scripted,
      callFaults: this.callFaults,
      databaseFaults: this.databaseFaults,
      onCall: (id, name, parameters) => {
        const call = changingCall(this.cloud, name, parameters);
        if (call !== undefined) this.#judgeCall(id, call);
        if (call?.target === undefined) return;
        const serves = this.#ledger.reserved.serves(call.target);
        this.#judge(RESERVED_CALL_INVARIANTS, {
          target: call.target,
          failedHost: call.host,
          serves,
        });
      },
      onAction: (name, parameters) => {
        const witnesses = { cloud: this.cloud, ledger: this.#ledger };
        const facts = lockFacts(witnesses, name, parameters);
        if (facts !== undefined) this.#judge(LOCK_INVARIANTS, facts);
      },
      onPowerOff: (id, host) => this.#judgeCall(id, { call: 'power-off', host }),
    });
    this.#replicas.set(number, replica);
  }

  replica(number: number): ProductReplica {
    const replica = this.#replicas.get(number);
    if (replica === undefined) throw new Error(`there is no replica ${number}`);
    return replica;
  }

  /** A part of the scenario itself failed: nothing may hide that. */
  fail(what: string, error: unknown): void {
    const text = `${what}: ${messageOf(error)}`;
    this.#violate({ invariant: 'the-run-itself-works', atMs: this.time.monotonicMs(), text });
  }

  #judgeCall(replica: ReplicaId, call: ChangingCall): void {
    const { callers, cloud, spec } = this;
    const witnesses = {
      ...{ clock: this.time, cloud, ledger: this.#ledger, keptBack: callers.keptBack },
      silenceMs: spec.nova.reportMs * SILENCE,
      fencing: spec.fencing,
    };
    this.#judge(CALL_INVARIANTS, callFacts(witnesses, replica, call));
    const pausedForMs = this.#ledger.pausedForMs(call.host);
    if (call.call !== 'clear') {
      this.#judge(PAUSE_INVARIANTS, { effect: call.call, host: call.host, pausedForMs });
    }
    const hooks = hookCallFacts({ hooks: this.hooks.scripted, ledger: this.#ledger }, call);
    if (hooks !== undefined) this.#judge(HOOK_CALL_INVARIANTS, hooks);
  }

  /** The operator puts every host under protection; it takes a moment of the world's time. */
  async #protect(): Promise<void> {
    const { callers, cloud, narrator } = this;
    const hosts = cloud.hosts().map((host) => host.name);
    const { recoveryMethod, reserved } = this.spec;
    const kept = reserved.map(({ host }) => host as HostName);
    await protectHosts(this.time, callers, { recoveryMethod, hosts, reserved: kept });
    for (const host of hosts) narrator.name(callers.operator.hostUuid(host), host);
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
