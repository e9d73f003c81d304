/**
 * Everything of one seeded run in one place: the cloud, the stores, the replicas, the monitors, the
 * log and what was found wrong. It is what faults act on.
 */
import {
  type HostName,
  type InstanceUuid,
  type Log,
  messageOf,
  type Random,
  type ReplicaId,
  seededRandom,
} from '@medevac/kernel';
import { openMemory, type Stores } from '@medevac/store';
import { Callers, protectHosts } from '../callers/callers.ts';
import { SEGMENT_KEY } from '../callers/kept-back.ts';
import { CALL_INVARIANTS } from '../invariants/calls.ts';
import { type Invariant, judge, type Violation } from '../invariants/invariant.ts';
import { HELD_INVARIANTS, RESERVED_CALL_INVARIANTS } from '../invariants/reserved.ts';
import { MAINTENANCE_INVARIANTS, SWITCH_INVARIANTS } from '../invariants/switches.ts';
import { DISK_INVARIANTS, GUEST_INVARIANTS } from '../invariants/truths.ts';
import { VirtualTime } from '../time/virtual-time.ts';
import { SimulatedCloud } from '../world/simulated-cloud.ts';
import type { NovaWrite } from '../world/simulated-nova.ts';
import { ActJudge } from './act-judge.ts';
import { callFacts } from './call-facts.ts';
import type { Fault, RunPlan } from './faults.ts';
import type { ActiveFault } from './faulty-ports.ts';
import type { Fencing } from './fencing.ts';
import type { FaultTarget } from './inject-fault.ts';
import { Ledger } from './ledger.ts';
import type { ProductReplica } from './product-replica.ts';
import { type KeepingMoment, startReplica } from './replica.ts';
import { Reporters, type ReportManner } from './reporters.ts';
import { REPORT_MS } from './run-settings.ts';
import { SwitchBook } from './switch-book.ts';

/** A host that was silent counts as such for a little longer: a reader may hold an old look. */
const ECHO_MS = 30_000;
const WALL_APART_MS = 120_000;
const DRIFT = 0.02;
const ROOM = 100;
const LEAST_ALIVE = 3;
/** Shorter than the way to Nova: the call lands, and its answer is not heard. */
const IN_CALL_MS = 5;
const SILENCE_MS = REPORT_MS * 1.1;
/** Of a request to the API, one way. */
const LATENCY_MS = 20;
/** A replica that died with a request in its hands is back after so long. */
const IN_REQUEST_BACK_MS = 15_000;

export class RunWorld implements FaultTarget {
  readonly plan: RunPlan;
  readonly time = new VirtualTime();
  readonly clock = this.time;
  readonly cloud: SimulatedCloud;
  readonly stores: Stores;
  readonly ledger: Ledger;
  readonly callers: Callers;
  readonly reporters: Reporters;
  readonly cloudFaults = new Set<ActiveFault>();
  readonly storeFaults = new Set<ActiveFault>();
  readonly log: string[] = [];
  readonly violations: Violation[] = [];
  /** Instances that an owner deletes; hosts that were switched on again. */
  readonly actedOn = new Set<InstanceUuid>();
  readonly returned = new Set<HostName>();
  /** Hosts that the product has enabled and not disabled again. */
  readonly enabled = new Set<HostName>();
  isOutside = false;
  readonly #random: Random;
  readonly #acts: ActJudge;
  readonly #replicas: (ProductReplica | undefined)[] = [];
  readonly #silentUntilMs = new Map<HostName, number>();
  /** Instances about which the way to Nova has delivered a call twice. */
  readonly #doubled = new Set<string>();
  readonly #callWaiters = new Map<number, readonly (() => void)[]>();
  readonly #dyingInRequest = new Map<number, KeepingMoment>();
  #lives = 0;
  #isOperating = false;
  #isHealed = false;
  #doubleRunsSeen = 0;

  constructor(plan: RunPlan) {
    this.plan = plan;
    this.#random = seededRandom(plan.seed).fork('run');
    const { time } = this;
    this.cloud = new SimulatedCloud({
      clock: time,
      random: this.#random.fork('cloud'),
      hosts: plan.hosts + (plan.reserved ?? 0),
      roomPerHost: ROOM,
      reportMs: REPORT_MS,
    });
    this.ledger = new Ledger(time, (text) =>
      this.#violate({ invariant: 'stale-replica-writes-nothing', atMs: time.monotonicMs(), text }),
    );
    const latency = this.#random.fork('latency');
    this.callers = new Callers({
      clock: time,
      replicas: () => this.#replicas.slice(1, plan.replicas + 1),
      latencyMs: () => Math.round(latency.next() * LATENCY_MS),
      judge: (invariants, facts) => this.#judge(invariants, facts),
      onHostFailure: (host) => this.#noteReport(host),
    });
    this.#acts = new ActJudge({
      plan,
      clock: time,
      cloud: this.cloud,
      ledger: this.ledger,
      judge: (invariants, facts) => this.#judge(invariants, facts),
      say: (text) => this.say(text),
    });
    this.stores = this.ledger.listen(this.callers.listen(openMemory()));
    this.reporters = new Reporters({
      clock: time,
      cloud: this.cloud,
      callers: this.callers,
      say: (text) => this.say(text),
    });
  }

  async open(): Promise<void> {
    const { cloud, plan } = this;
    cloud.onEvent((event) => this.#hear(event.text, event.host));
    cloud.onWrite((write) => {
      const isDoubled = write.instance !== null && this.#doubled.has(write.instance);
      this.#noteEnabling(write);
      if (!isDoubled) this.#acts.noteWrite(write);
      if (this.#isOnLocalDisk(write)) this.#judge(DISK_INVARIANTS, write);
    });
    const switches = new SwitchBook(this.time, cloud);
    cloud.onAction((action) => this.#judge(SWITCH_INVARIANTS, switches.note(action)));
    this.ledger.onMaintenance = (facts) => this.#judge(MAINTENANCE_INVARIANTS, facts);
    this.ledger.reserved.onHeld = (facts) => this.#judge(HELD_INVARIANTS, facts);
    this.ledger.onFinal = (host, state) => this.#acts.noteAnswer(host, state);
    const isLocal = plan.storage === 'local';
    for (const [index, { name }] of cloud.hosts().slice(0, plan.hosts).entries()) {
      // Of a world with local disks some instances are on volumes, which move.
      const bootsFromVolume = isLocal && index % 2 === 1;
      cloud.boot(plan.instancesPerHost, name, { bootsFromVolume, hasLocalDisk: isLocal });
    }
    cloud.start();
    for (let number = 1; number <= plan.replicas; number++) this.#startReplica(number);
    await this.#protect();
    this.reporters.start();
  }

  /** Every fault ends, and some of the dead hosts are switched on. */
  async heal(): Promise<void> {
    const { cloud } = this;
    this.say('all faults cease');
    this.#isHealed = true;
    this.cloudFaults.clear();
    this.storeFaults.clear();
    cloud.cellUp();
    for (const { name, kernel, cutOff, computeRuns, bmc, isTroubled } of cloud.hosts()) {
      if (kernel === 'hung' || kernel === 'paused') cloud.resume(name);
      if (cutOff.length > 0) cloud.heal(name);
      if (kernel === 'running' && !computeRuns) cloud.restartCompute(name);
      if (bmc !== 'works') cloud.setBmc(name, 'works');
      if (isTroubled) cloud.troubleMessages(name);
      cloud.slowDown(name, 1, REPORT_MS);
      cloud.setRoom(name, ROOM);
      this.speaks(name);
    }
    this.callers.networkFaults.clear();
    this.#dyingInRequest.clear();
    const dead = cloud.hosts().filter((host) => host.power === 'off' || host.kernel === 'crashed');
    const alive = this.plan.hosts - dead.length;
    const toWake = Math.max(LEAST_ALIVE - alive, Math.floor(dead.length / 2));
    for (const { name } of dead.toReversed().slice(0, toWake)) cloud.powerOn(name);
    for (let number = 1; number <= this.plan.replicas; number++) {
      this.pauseReplica(number, false);
      if (this.#replicas[number] === undefined) this.#startReplica(number);
    }
  }

  /** An operator looks through the cloud: what is kept back or back again is put to use. */
  operate(): void {
    if (this.#isOperating) return;
    this.#isOperating = true;
    void this.#operate()
      .catch((error: unknown) => this.fail('the operator', error))
      .finally(() => {
        this.#isOperating = false;
      });
  }

  async #operate(): Promise<void> {
    const { operator, keptBack } = this.callers;
    // Reserved hosts may all be in use or dead: whoever looks through the cloud lets Nova choose.
    if (this.plan.recoveryMethod === 'reserved_host') await operator.setMethod('auto');
    const kept = new Set(keptBack.keys);
    if (kept.has(SEGMENT_KEY)) await this.keepBack('segment', false);
    for (const { name, isReporting, service } of this.cloud.hosts()) {
      // What is kept in reserve stays disabled until a recovery needs it.
      if ((await this.stores.segments.findHost(name))?.reserved === true) continue;
      const isBack = isReporting && !service.isForcedDown && !service.isEnabled;
      if (isBack) this.cloud.enable(name);
      if (isBack) await operator.setMaintenance(name, false);
      else if (kept.has(name)) await this.keepBack('maintenance', false, name);
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

  get networkFaults(): Set<ActiveFault> {
    return this.callers.networkFaults;
  }

  get fencing(): Fencing {
    return this.plan.fencing ?? 'trusted';
  }

  noteDoubled(instance: string): void {
    this.#doubled.add(instance);
  }

  randomOf(fault: Fault): Random {
    return this.#random.fork(`fault-${fault.number}`);
  }

  silences(host: HostName): void {
    this.#silentUntilMs.set(host, Number.POSITIVE_INFINITY);
    if (this.#hasMemory(host) && this.ledger.isReported(host)) this.#reportOfSilent(host);
  }

  speaks(host: HostName): void {
    if (this.#silentUntilMs.get(host) !== Number.POSITIVE_INFINITY) return;
    this.#silentUntilMs.set(host, this.time.monotonicMs() + ECHO_MS);
  }

  async report(host: HostName, manner: ReportManner): Promise<void> {
    await this.reporters.report(host, manner);
  }

  reportInstance(host: HostName, instance: InstanceUuid): Promise<void> {
    const event = { event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED' };
    return this.reporters.reportOwn(host, 'VM', { ...event, instance_uuid: instance });
  }

  reportProcess(host: HostName, process: string): Promise<void> {
    const payload = { event: 'STOPPED', process_name: process };
    return this.reporters.reportOwn(host, 'PROCESS', payload);
  }

  async keepBack(
    what: 'maintenance' | 'segment',
    isKept: boolean,
    host: HostName = '' as HostName,
  ): Promise<void> {
    const { operator, keptBack } = this.callers;
    const key = what === 'segment' ? SEGMENT_KEY : host;
    if (!isKept && !keptBack.keys.includes(key)) return;
    // Where a recovery has set it already nobody can see that the operator wants it, too.
    const isSet = isKept && what === 'maintenance' && (await this.#isOnMaintenance(host));
    if (isSet) return;
    const outcome =
      what === 'segment'
        ? await operator.setEnabled(!isKept)
        : await operator.setMaintenance(host, isKept);
    this.say(`the operator sets ${what} of ${key} to ${isKept}: ${outcome}`);
    // An edit that is refused while a recovery works is tried again, as people do.
    if (outcome !== 'changed' && !isKept) void this.#keepBackLater(what, host);
  }

  dieInRequest(number: number, when: KeepingMoment): void {
    this.#dyingInRequest.set(number, when);
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

  async #protect(): Promise<void> {
    const hosts = this.cloud.hosts().map((host) => host.name);
    const reserved = hosts.slice(this.plan.hosts);
    for (const host of reserved) {
      this.cloud.operator.disable(host, 'kept in reserve');
      this.cloud.setRoom(host, this.plan.instancesPerHost);
    }
    const recoveryMethod = this.plan.recoveryMethod ?? 'auto';
    const request = { recoveryMethod, hosts, reserved };
    await protectHosts(this.time, this.callers, request);
  }

  #startReplica(number: number): void {
    const life = ++this.#lives;
    const random = this.#random.fork(`replica-${life}`);
    const draw = (size: number): number => (random.next() * 2 - 1) * size;
    const id = `replica-${number}.${life}` as ReplicaId;
    this.#replicas[number] = startReplica({
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
      fencing: this.fencing,
      storage: this.plan.storage ?? 'shared',
      onReadOff: (host) => this.#noteReadOff(host),
      onCall: (replica, call) => {
        const { clock, cloud, ledger, callers } = this;
        const { keptBack } = callers;
        const witnesses = {
          clock,
          cloud,
          ledger,
          keptBack,
          silenceMs: SILENCE_MS,
          fencing: this.fencing,
        };
        this.#judge(CALL_INVARIANTS, callFacts(witnesses, replica, call));
        this.#acts.noteCall(call);
        if (call.target !== undefined) {
          const serves = this.ledger.reserved.serves(call.target);
          const facts = { target: call.target, failedHost: call.host, serves };
          this.#judge(RESERVED_CALL_INVARIANTS, facts);
        }
        for (const resolve of this.#callWaiters.get(number) ?? []) resolve();
        this.#callWaiters.delete(number);
      },
      onKeeping: (when) => {
        if (this.#dyingInRequest.get(number) !== when) return;
        this.#dyingInRequest.delete(number);
        this.killReplica(number, IN_REQUEST_BACK_MS);
      },
    });
  }

  #judge<Facts>(invariants: readonly Invariant<Facts>[], facts: Facts): void {
    const where = { atMs: this.time.monotonicMs(), isOutside: this.isOutside };
    for (const violation of judge(invariants, facts, where)) this.#violate(violation);
  }

  #violate(violation: Violation): void {
    this.say(`VIOLATION of ${violation.invariant}: ${violation.text}`);
    this.violations.push(violation);
  }

  #noteEnabling({ change, host, kind }: NovaWrite): void {
    if (kind !== 'changeService' || host === null || change?.status === undefined) return;
    if (change.status === 'enabled') this.enabled.add(host);
    else this.enabled.delete(host);
  }

  #isOnLocalDisk({ instance, kind }: NovaWrite): boolean {
    if (this.plan.storage !== 'local' || kind !== 'evacuate' || instance === null) return false;
    return this.cloud.instance(instance)?.hasLocalDisk === true;
  }

  #hear(text: string, host: HostName | undefined): void {
    this.say(text);
    if (host !== undefined && text.includes('is switched on')) this.returned.add(host);
    const owner = /^the owner asks to delete (.+)$/.exec(text)?.[1];
    const acted =
      owner === undefined
        ? undefined
        : this.cloud.instances().find((one) => one.server.name === owner);
    if (acted !== undefined) this.actedOn.add(acted.server.uuid);
    this.#lookAtGuests();
  }

  #lookAtGuests(): void {
    const { doubleRuns } = this.cloud;
    for (const one of doubleRuns.slice(this.#doubleRunsSeen)) {
      if (!this.#acts.isContested(one.instance)) this.#judge(GUEST_INVARIANTS, one);
    }
    this.#doubleRunsSeen = doubleRuns.length;
  }

  #noteReport(host: HostName): void {
    this.ledger.noteReport(host);
    const silentUntilMs = this.#silentUntilMs.get(host) ?? 0;
    const isSilent = silentUntilMs > this.time.monotonicMs();
    if (this.#hasMemory(host) && isSilent) this.#reportOfSilent(host);
  }

  /** Whoever trusts reports cannot tell; a fence device makes certain. */
  #reportOfSilent(host: HostName): void {
    if (this.fencing === 'trusted') this.#goOutside(`a report about ${host}, alive and silent`);
  }

  #noteReadOff(host: HostName): void {
    const { lastReportMs, power, reportingSinceMs } = this.cloud.host(host);
    const silentMs = this.time.monotonicMs() - lastReportMs;
    const isSilent = reportingSinceMs === undefined || silentMs > SILENCE_MS;
    if (power === 'on' && isSilent && this.#hasMemory(host)) {
      this.#goOutside(`the BMC of ${host}, alive and silent, says Off`);
    }
  }

  #goOutside(why: string): void {
    if (!this.isOutside) this.say(`outside the guarantee: ${why}`);
    this.isOutside = true;
  }

  #hasMemory(host: HostName): boolean {
    const { power, kernel } = this.cloud.host(host);
    return power === 'on' && kernel !== 'crashed';
  }

  async #isOnMaintenance(host: HostName): Promise<boolean> {
    return (await this.stores.segments.findHost(host))?.onMaintenance === true;
  }

  async #keepBackLater(what: 'maintenance' | 'segment', host: HostName): Promise<void> {
    await this.time.sleep(5_000);
    await this.keepBack(what, false, host);
  }

  #logOf(id: ReplicaId): Log {
    const line =
      (level: string) =>
      (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
        // The stack of an error names files of this machine.
        this.say(`${id} ${level} ${event} ${JSON.stringify({ ...fields, stack: undefined })}`);
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
