/**
 * Everything of one seeded run in one place: the cloud, the stores, the replicas, the monitors, the
 * log and what was found wrong. It is what faults act on.
 */
import {
  type HostName,
  type InstanceUuid,
  messageOf,
  type Random,
  type ReplicaId,
  type ServiceUuid,
  seededRandom,
} from '@medevac/kernel';
import type { ServiceChange } from '@medevac/openstack';
import { openMemory, type Stores } from '@medevac/store';
import { Callers, protectHosts } from '../callers/callers.ts';
import type { ConfirmAnswer, IncidentOrder } from '../callers/confirm-off.ts';
import type { DrainOrder } from '../callers/operator.ts';
import { CALL_INVARIANTS } from '../invariants/calls.ts';
import { HOOK_CALL_INVARIANTS } from '../invariants/hooks.ts';
import { type Invariant, judge, type Violation } from '../invariants/invariant.ts';
import { LOCK_INVARIANTS } from '../invariants/locks.ts';
import { MOVE_BACK_INVARIANTS } from '../invariants/move-back.ts';
import { PAUSE_INVARIANTS } from '../invariants/pauses.ts';
import { HELD_INVARIANTS, RESERVED_CALL_INVARIANTS } from '../invariants/reserved.ts';
import { MAINTENANCE_INVARIANTS, SWITCH_INVARIANTS } from '../invariants/switches.ts';
import { DISK_INVARIANTS, GUEST_INVARIANTS } from '../invariants/truths.ts';
import { VirtualTime } from '../time/virtual-time.ts';
import { FencingGear } from '../world/fencing-gear.ts';
import type { NovaWrite } from '../world/nova-write.ts';
import type { ScriptedHooks } from '../world/scripted-hooks.ts';
import { SimulatedCloud } from '../world/simulated-cloud.ts';
import { armWatchdogs } from '../world/watchdogs.ts';
import { ActJudge } from './act-judge.ts';
import { type ChangingCall, callFacts } from './call-facts.ts';
import { DrainJudge } from './drain-judge.ts';
import { drawnHooks } from './drawn-hooks.ts';
import { FAULTS_END_MS, type Fault, type RunPlan } from './faults.ts';
import type { ActiveFault } from './faulty-ports.ts';
import type { Fencing } from './fencing.ts';
import { hookCallFacts } from './hook-facts.ts';
import type { FaultTarget } from './inject-fault.ts';
import { keepBack } from './keep-back.ts';
import { Ledger } from './ledger.ts';
import { lockFacts } from './lock-facts.ts';
import { moveBackFacts } from './move-back-facts.ts';
import { bootWished } from './owners-wishes.ts';
import { ReplicaSet } from './replica-set.ts';
import { Reporters, type ReportManner } from './reporters.ts';
import { REPORT_MS, ROOM, SILENCE_MS } from './run-settings.ts';
import { SilenceBook } from './silence-book.ts';
import { SwitchBook } from './switch-book.ts';

/** What the product does to a single instance beside its evacuation. */
const ACTIONS = ['start', 'stop', 'hardReboot', 'pause', 'suspend', 'rescue', 'lock', 'unlock'];

/** Of a request to the API, one way. */
const LATENCY_MS = 20;

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
  readonly replicas: ReplicaSet;
  readonly gear: FencingGear;
  readonly hooks: ScriptedHooks;
  readonly #random: Random;
  readonly #acts: ActJudge;
  readonly #silence: SilenceBook;
  /** Instances about which the way to Nova has delivered a call twice. */
  readonly #doubled = new Set<string>();
  /** Entries of the other fencer's history that are not true. */
  readonly #lies = new Set<string>();
  #doubleRunsSeen = 0;
  #disarm: (() => void) | undefined;

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
    this.gear = new FencingGear(time, this.cloud);
    this.ledger = new Ledger(time, (text) =>
      this.#violate({ invariant: 'stale-replica-writes-nothing', atMs: time.monotonicMs(), text }),
    );
    const latency = this.#random.fork('latency');
    this.callers = new Callers({
      clock: time,
      replicas: () => this.replicas.alive,
      latencyMs: () => Math.round(latency.next() * LATENCY_MS),
      judge: (invariants, facts) => this.#judge(invariants, facts),
      onHostFailure: (host) => this.#silence.noteReport(host),
    });
    this.#silence = new SilenceBook({
      clock: time,
      cloud: this.cloud,
      ledger: this.ledger,
      fencing: this.fencing,
      say: (text) => this.say(text),
    });
    this.#acts = new ActJudge({
      plan,
      clock: time,
      cloud: this.cloud,
      ledger: this.ledger,
      maintenanceOf: (host) => this.#maintenanceOf(host),
      judge: (invariants, facts) => this.#judge(invariants, facts),
      say: (text) => this.say(text),
      fail: (what, error) => this.fail(what, error),
    });
    this.stores = this.#acts.listen(this.ledger.listen(this.callers.listen(openMemory())));
    this.hooks = drawnHooks({
      ...{ clock: time, random: this.#random.fork('hooks'), ledger: this.ledger },
      hasHooks: plan.hasHooks === true,
      isHealed: () => time.monotonicMs() >= FAULTS_END_MS,
      judge: (invariants, facts) => this.#judge(invariants, facts),
      say: (text) => this.say(text),
    });
    this.replicas = this.#newReplicas();
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
    const drains = new DrainJudge({
      cloud,
      drains: this.ledger.drains,
      judge: (invariants, facts) => this.#judge(invariants, facts),
    });
    cloud.onWrite((write) => drains.noteWrite(write));
    const switches = new SwitchBook(this.time, cloud);
    cloud.onAction((action) => this.#judge(SWITCH_INVARIANTS, switches.note(action)));
    this.ledger.onMaintenance = (facts) => this.#judge(MAINTENANCE_INVARIANTS, facts);
    this.ledger.reserved.onHeld = (facts) => this.#judge(HELD_INVARIANTS, facts);
    this.ledger.onFinal = (host, state) => {
      this.#acts.noteAnswer(host, state);
      drains.noteAnswer(host, state, this.ledger.contradictedForMs(host) !== undefined);
    };
    const isLocal = plan.storage === 'local';
    for (const [index, { name }] of cloud.hosts().slice(0, plan.hosts).entries()) {
      // Of a world with local disks some instances are on volumes, which move.
      const bootsFromVolume = isLocal && index % 2 === 1;
      const [count, options] = [plan.instancesPerHost, { bootsFromVolume, hasLocalDisk: isLocal }];
      if (plan.hasWishes !== true) cloud.boot(count, name, options);
      else bootWished(cloud, this.#random.fork(`wishes-${index}`), { count, host: name, options });
    }
    this.ledger.onWord = (host, { content }) => {
      const { id } = content as { readonly id?: string };
      if (id !== undefined && this.#lies.has(id)) this.#silence.noteFalseWord(host);
    };
    cloud.start();
    if (plan.hasWatchdogs === true) this.#disarm = armWatchdogs(this.time, cloud);
    this.replicas.startAll();
    await this.#protect();
    this.reporters.start();
  }

  close(): void {
    this.replicas.close();
    this.reporters.stop();
    this.#disarm?.();
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

  get isOutside(): boolean {
    return this.#silence.isOutside;
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

  isDoubled(instance: string): boolean {
    return this.#doubled.has(instance);
  }

  randomOf(fault: Fault): Random {
    return this.#random.fork(`fault-${fault.number}`);
  }

  silences(host: HostName): void {
    this.#silence.silences(host);
  }

  speaks(host: HostName): void {
    this.#silence.speaks(host);
  }

  async keepBack(what: 'maintenance' | 'segment', isKept: boolean, host?: HostName): Promise<void> {
    const { callers, clock, stores } = this;
    const say = (text: string): void => this.say(text);
    const of = host === undefined ? {} : { host };
    await keepBack({ callers, clock, stores, say }, { what, isKept, ...of });
  }

  async drain(host: HostName, order: DrainOrder | 'cancel' | 'undrain'): Promise<void> {
    const { operator } = this.callers;
    const what = typeof order === 'string' ? order : 'drain';
    const outcome =
      typeof order === 'string'
        ? await operator.orderDrain(host, order)
        : await operator.drain(host, order);
    this.say(`the operator asks for the ${what} of ${host}: ${outcome}`);
  }

  readonly steer = async (host: HostName, order: IncidentOrder): Promise<ConfirmAnswer['kind']> => {
    const answer = await this.callers.command(host, order);
    const why = answer.kind === 'refused' ? `: ${answer.message}` : '';
    this.say(`the operator asks for ${order.command} of ${host}: ${answer.kind}${why}`);
    return answer.kind;
  };

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

  async #maintenanceOf(host: HostName) {
    const keptBackForMs = this.callers.keptBack.forMs(host);
    const row = await this.stores.segments.findHost(host);
    return { isOnMaintenance: row?.onMaintenance === true, keptBackForMs };
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

  noteLie(id: string): void {
    this.#lies.add(id);
  }

  noteWordTaken(host: HostName): void {
    this.#silence.noteFalseWord(host);
  }

  #newReplicas(): ReplicaSet {
    const { clock, cloud, cloudFaults, fencing, plan, storeFaults, stores } = this;
    return new ReplicaSet({
      ...{ clock, cloud, cloudFaults, fencing, storeFaults, stores },
      gear: this.gear,
      hooks: this.hooks,
      importsFencing: plan.importsFencing === true,
      hasWatchdogs: plan.hasWatchdogs === true,
      random: this.#random,
      count: plan.replicas,
      isIntervalKnown: plan.isIntervalKnown,
      storage: plan.storage ?? 'shared',
      openEvacuations: plan.openEvacuations,
      movesBack: plan.movesBack === true,
      onReadOff: (host) => this.#silence.noteReadOff(host),
      onCall: (replica, call) => this.#noteCall(replica, call),
      onNovaCall: (name, parameters) => this.#judgeReserved(name, parameters),
      onAction: (name, parameters) => {
        const facts = lockFacts(this, name, parameters);
        if (facts !== undefined) this.#judge(LOCK_INVARIANTS, facts);
        const host = this.cloud.instance(String(parameters[0]))?.server.host ?? null;
        if (host !== null && ACTIONS.includes(name)) this.#judgePause(name, host);
        const back = moveBackFacts(this.cloud, name, parameters);
        if (back !== undefined) this.#judge(MOVE_BACK_INVARIANTS, back);
      },
      say: (text) => this.say(text),
    });
  }

  #noteCall(replica: ReplicaId, call: ChangingCall): void {
    const { clock, cloud, fencing, ledger } = this;
    const { keptBack } = this.callers;
    const witnesses = { clock, cloud, ledger, keptBack, silenceMs: SILENCE_MS, fencing };
    this.#judge(CALL_INVARIANTS, callFacts(witnesses, replica, call));
    const hooks = hookCallFacts(this, call);
    if (hooks !== undefined) this.#judge(HOOK_CALL_INVARIANTS, hooks);
    this.#acts.noteCall(call);
    if (call.call !== 'clear') this.#judgePause(call.call, call.host);
    if (call.target === undefined) return;
    const serves = ledger.reserved.serves(call.target);
    const facts = { target: call.target, failedHost: call.host, serves };
    this.#judge(RESERVED_CALL_INVARIANTS, facts);
  }

  #judgePause(effect: string, host: HostName): void {
    const pausedForMs = this.ledger.pausedForMs(host);
    this.#judge(PAUSE_INVARIANTS, { effect, host, pausedForMs });
  }

  #judge<Facts>(invariants: readonly Invariant<Facts>[], facts: Facts): void {
    const where = { atMs: this.time.monotonicMs(), isOutside: this.isOutside };
    for (const violation of judge(invariants, facts, where)) this.#violate(violation);
  }

  #violate(violation: Violation): void {
    this.say(`VIOLATION of ${violation.invariant}: ${violation.text}`);
    this.violations.push(violation);
  }

  /**
   * Readying or giving back a reserved host serves the incident for which it is held. Judged when
   * it is asked for, because Nova may carry it out late; a reserved host that is forced down has
   * failed itself, and its own incident asks for that.
   */
  #judgeReserved(name: string, parameters: readonly unknown[]): void {
    if (name !== 'changeService') return;
    const [uuid, change] = parameters as readonly [ServiceUuid, ServiceChange];
    const host = this.cloud.hostOfService(uuid);
    const failed = host === undefined ? undefined : this.ledger.reserved.heldFor(host);
    if (failed === undefined || change.status === undefined) return;
    if (change.forcedDown !== true) this.#judgePause(`${change.status} ${host}`, failed);
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
}
