/**
 * Everything of one seeded run in one place: the cloud, the stores, the replicas, the monitors, the
 * log and what was found wrong. It is what faults act on.
 */
import {
  type HostName,
  type HostUuid,
  type InstanceUuid,
  type Log,
  messageOf,
  type Random,
  type ReplicaId,
  type SegmentUuid,
  seededRandom,
} from '@medevac/kernel';
import { openMemory, type Stores } from '@medevac/store';
import { CALL_INVARIANTS, type CallFacts } from '../invariants/calls.ts';
import { type Invariant, judge, type Violation } from '../invariants/invariant.ts';
import { GUEST_INVARIANTS, WRITE_INVARIANTS } from '../invariants/truths.ts';
import { VirtualTime } from '../time/virtual-time.ts';
import { SimulatedCloud } from '../world/simulated-cloud.ts';
import type { Fault, RunPlan } from './faults.ts';
import type { ActiveFault } from './faulty-ports.ts';
import type { FaultTarget } from './inject-fault.ts';
import { Ledger } from './ledger.ts';
import { Replica } from './replica.ts';
import { Reporters } from './reporters.ts';
import { REPORT_MS } from './run-settings.ts';

const SEGMENT = '00000000-0000-4000-8000-000000000001' as SegmentUuid;
/** A host that was silent counts as such for a little longer: a reader may hold an old look. */
const ECHO_MS = 30_000;
const WALL_APART_MS = 120_000;
const DRIFT = 0.02;
const ROOM = 100;
const LEAST_ALIVE = 3;
/** Shorter than the way to Nova: the call lands, and its answer is not heard. */
const IN_CALL_MS = 5;
const SILENCE_MS = REPORT_MS * 1.1;

export class RunWorld implements FaultTarget {
  readonly plan: RunPlan;
  readonly time = new VirtualTime();
  readonly clock = this.time;
  readonly cloud: SimulatedCloud;
  readonly stores: Stores;
  readonly ledger: Ledger;
  readonly reporters: Reporters;
  readonly cloudFaults = new Set<ActiveFault>();
  readonly storeFaults = new Set<ActiveFault>();
  readonly log: string[] = [];
  readonly violations: Violation[] = [];
  /** Instances that an owner acted on; hosts that were switched on again. */
  readonly actedOn = new Set<InstanceUuid>();
  readonly returned = new Set<HostName>();
  isOutside = false;
  readonly #random: Random;
  readonly #replicas: (Replica | undefined)[] = [];
  readonly #silentUntilMs = new Map<HostName, number>();
  readonly #keptBack = new Map<string, number>();
  readonly #callWaiters = new Map<number, readonly (() => void)[]>();
  #lives = 0;
  #isHealed = false;
  #doubleRunsSeen = 0;

  constructor(plan: RunPlan) {
    this.plan = plan;
    this.#random = seededRandom(plan.seed).fork('run');
    const { time } = this;
    this.cloud = new SimulatedCloud({
      clock: time,
      random: this.#random.fork('cloud'),
      hosts: plan.hosts,
      roomPerHost: ROOM,
      reportMs: REPORT_MS,
    });
    this.ledger = new Ledger(time, (text) =>
      this.#violate({ invariant: 'stale-replica-writes-nothing', atMs: time.monotonicMs(), text }),
    );
    this.stores = this.ledger.listen(openMemory());
    this.reporters = new Reporters({
      clock: time,
      cloud: this.cloud,
      stores: this.stores,
      say: (text) => this.say(text),
      onReport: (host) => this.#noteReport(host),
      nudge: () => this.#replicas.forEach((replica) => replica?.nudge()),
    });
  }

  async open(): Promise<void> {
    const { cloud, plan, stores, time } = this;
    cloud.onEvent((event) => this.#hear(event.text, event.host));
    cloud.onWrite((write) => this.#judge(WRITE_INVARIANTS, write));
    const segment = {
      name: 'segment',
      description: null,
      serviceType: 'COMPUTE',
      recoveryMethod: 'auto',
      enabled: true,
    } as const;
    await stores.segments.createSegment(SEGMENT, segment, time.wallMs());
    for (const [index, { name }] of cloud.hosts().entries()) {
      const fields = {
        name,
        type: 'KVM',
        controlAttributes: 'SSH',
        reserved: false,
        onMaintenance: false,
      };
      await stores.segments.createHost(hostUuid(index), SEGMENT, fields, time.wallMs());
      cloud.boot(plan.instancesPerHost, name);
    }
    cloud.start();
    this.reporters.start();
    for (let number = 1; number <= plan.replicas; number++) this.#startReplica(number);
  }

  /** Every fault ends, and some of the dead hosts are switched on. */
  async heal(): Promise<void> {
    const { cloud } = this;
    this.say('all faults cease');
    this.#isHealed = true;
    this.cloudFaults.clear();
    this.storeFaults.clear();
    cloud.cellUp();
    for (const { name, kernel, cutOff, computeRuns } of cloud.hosts()) {
      if (kernel === 'hung' || kernel === 'paused') cloud.resume(name);
      if (cutOff.length > 0) cloud.heal(name);
      if (kernel === 'running' && !computeRuns) cloud.restartCompute(name);
      cloud.slowDown(name, 1, REPORT_MS);
      cloud.setRoom(name, ROOM);
      this.speaks(name);
      await this.keepBack('maintenance', false, name);
    }
    await this.keepBack('segment', false, cloud.hosts()[0]?.name ?? ('' as HostName));
    const dead = cloud.hosts().filter((host) => host.power === 'off' || host.kernel === 'crashed');
    const alive = this.plan.hosts - dead.length;
    const toWake = Math.max(LEAST_ALIVE - alive, Math.floor(dead.length / 2));
    for (const { name } of dead.toReversed().slice(0, toWake)) cloud.powerOn(name);
    for (let number = 1; number <= this.plan.replicas; number++) {
      this.pauseReplica(number, false);
      if (this.#replicas[number] === undefined) this.#startReplica(number);
    }
  }

  /** An operator looks through the cloud: hosts that are back are put to use again. */
  async operate(): Promise<void> {
    for (const [index, host] of this.cloud.hosts().entries()) {
      if (!host.isReporting || host.service.isForcedDown || host.service.isEnabled) continue;
      this.cloud.enable(host.name);
      const change = { onMaintenance: false };
      await this.stores.segments.updateHost(hostUuid(index), change, this.time.wallMs());
    }
  }

  close(): void {
    for (const replica of this.#replicas) replica?.life.kill();
    this.reporters.stop();
    this.cloud.stop();
  }

  say(text: string): void {
    this.log.push(`${(this.time.monotonicMs() / 1000).toFixed(3)} ${text}`);
  }

  /** A part of the run itself failed: nothing may hide that. */
  fail(what: string, error: unknown): void {
    const text = `${what}: ${messageOf(error)}`;
    this.#violate({ invariant: 'the-run-itself-works', atMs: this.time.monotonicMs(), text });
  }

  randomOf(fault: Fault): Random {
    return this.#random.fork(`fault-${fault.number}`);
  }

  silences(host: HostName): void {
    this.#silentUntilMs.set(host, Number.POSITIVE_INFINITY);
    if (this.#hasMemory(host) && this.ledger.isReported(host)) this.#goOutside(host);
  }

  speaks(host: HostName): void {
    if (this.#silentUntilMs.get(host) !== Number.POSITIVE_INFINITY) return;
    this.#silentUntilMs.set(host, this.time.monotonicMs() + ECHO_MS);
  }

  async report(host: HostName): Promise<void> {
    await this.reporters.report(host);
  }

  async keepBack(what: 'maintenance' | 'segment', isKept: boolean, host: HostName): Promise<void> {
    const { segments } = this.stores;
    const key = what === 'segment' ? what : host;
    if (!isKept && !this.#keptBack.has(key)) return;
    const atMs = this.time.wallMs();
    const row = await segments.findHost(host);
    if (row === undefined || (isKept && what === 'maintenance' && row.onMaintenance)) return;
    const outcome =
      what === 'segment'
        ? await segments.updateSegment(SEGMENT, { enabled: !isKept }, atMs)
        : await segments.updateHost(row.uuid, { onMaintenance: isKept }, atMs);
    this.say(`the operator sets ${what} of ${key} to ${isKept}: ${outcome.kind}`);
    if (outcome.kind === 'changed' && isKept) this.#keptBack.set(key, this.time.monotonicMs());
    if (outcome.kind === 'changed' && !isKept) this.#keptBack.delete(key);
    // An edit that is refused while a recovery works is tried again, as people do.
    if (outcome.kind === 'in-use' && !isKept) void this.#keepBackLater(what, host);
  }

  async nextCall(number: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#callWaiters.set(number, [...(this.#callWaiters.get(number) ?? []), resolve]);
    });
    await this.time.sleep(IN_CALL_MS);
  }

  killReplica(number: number, backAfterMs: number): void {
    const replica = this.#replicas[number];
    if (replica === undefined || this.#isHealed) return;
    this.say(`replica ${number} is killed`);
    replica.life.kill();
    this.#replicas[number] = undefined;
    void this.time.sleep(backAfterMs).then(() => {
      if (this.#replicas[number] === undefined) this.#startReplica(number);
    });
  }

  pauseReplica(number: number, isPaused: boolean): void {
    const life = this.#replicas[number]?.life;
    if (isPaused && !this.#isHealed) life?.pause();
    else life?.resume();
  }

  jumpClock(number: number, ms: number): void {
    this.#replicas[number]?.life.jumpWall(ms);
  }

  #startReplica(number: number): void {
    const life = ++this.#lives;
    const random = this.#random.fork(`replica-${life}`);
    const draw = (size: number): number => (random.next() * 2 - 1) * size;
    const id = `replica-${number}.${life}` as ReplicaId;
    this.#replicas[number] = new Replica({
      id,
      clock: this.time,
      ownClock: { offsetMs: Math.round(draw(WALL_APART_MS)), rate: 1 + draw(DRIFT) },
      random,
      log: this.#logOf(id),
      cloud: this.cloud,
      stores: this.stores,
      cloudFaults: this.cloudFaults,
      storeFaults: this.storeFaults,
      isIntervalKnown: this.plan.isIntervalKnown,
      onCall: (replica, call, host) => {
        this.#judge(CALL_INVARIANTS, this.#facts(replica, call, host));
        for (const resolve of this.#callWaiters.get(number) ?? []) resolve();
        this.#callWaiters.delete(number);
      },
    });
  }

  #facts(replica: ReplicaId, call: CallFacts['call'], host: HostName): CallFacts {
    const nowMs = this.time.monotonicMs();
    const { lastReportMs, reportingSinceMs } = this.cloud.host(host);
    // A host that reports more slowly than Nova is told to counts as silent in between.
    const isSilent = reportingSinceMs === undefined || nowMs - lastReportMs > SILENCE_MS;
    const incident = this.ledger.openIncident(host);
    const kept = [this.#keptBack.get('segment'), this.#keptBack.get(host)];
    const keptSinceMs = kept.filter((one) => one !== undefined).toSorted((a, b) => a - b)[0];
    return {
      call,
      host,
      holdsLease: this.ledger.holdsLease(replica, host),
      wasReported: this.ledger.wasEverReported(host),
      reportingForMs: isSilent ? undefined : nowMs - reportingSinceMs,
      incidentState: incident?.state,
      inStateForMs: incident === undefined ? 0 : nowMs - incident.sinceMs,
      contradictedForMs: this.ledger.contradictedForMs(host),
      keptBackForMs: keptSinceMs === undefined ? undefined : nowMs - keptSinceMs,
    };
  }

  #judge<Facts>(invariants: readonly Invariant<Facts>[], facts: Facts): void {
    const where = { atMs: this.time.monotonicMs(), isOutside: this.isOutside };
    for (const violation of judge(invariants, facts, where)) this.#violate(violation);
  }

  #violate(violation: Violation): void {
    this.say(`VIOLATION of ${violation.invariant}: ${violation.text}`);
    this.violations.push(violation);
  }

  #hear(text: string, host: HostName | undefined): void {
    this.say(text);
    if (host !== undefined && text.includes('is switched on')) this.returned.add(host);
    const owner = /^the owner asks to \w+ (.+)$/.exec(text)?.[1];
    const acted = this.cloud.instances().find((one) => one.server.name === owner);
    if (acted !== undefined) this.actedOn.add(acted.server.uuid);
    this.#lookAtGuests();
  }

  #lookAtGuests(): void {
    const { doubleRuns } = this.cloud;
    for (const one of doubleRuns.slice(this.#doubleRunsSeen)) this.#judge(GUEST_INVARIANTS, one);
    this.#doubleRunsSeen = doubleRuns.length;
  }

  #noteReport(host: HostName): void {
    this.ledger.noteReport(host);
    const silentUntilMs = this.#silentUntilMs.get(host) ?? 0;
    if (this.#hasMemory(host) && silentUntilMs > this.time.monotonicMs()) this.#goOutside(host);
  }

  #goOutside(host: HostName): void {
    if (!this.isOutside)
      this.say(`outside the guarantee: a report about ${host}, alive and silent`);
    this.isOutside = true;
  }

  #hasMemory(host: HostName): boolean {
    const { power, kernel } = this.cloud.host(host);
    return power === 'on' && kernel !== 'crashed';
  }

  async #keepBackLater(what: 'maintenance' | 'segment', host: HostName): Promise<void> {
    await this.time.sleep(5_000);
    await this.keepBack(what, false, host);
  }

  #logOf(id: ReplicaId): Log {
    const line =
      (level: string) =>
      (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
        this.say(`${id} ${level} ${event} ${JSON.stringify(fields)}`);
      };
    const log: Log = {
      debug: () => {},
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      with: () => log,
    };
    return log;
  }
}

const hostUuid = (index: number): HostUuid =>
  `00000000-0000-4000-8000-0000000001${String(index).padStart(2, '0')}` as HostUuid;
