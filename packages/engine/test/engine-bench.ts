/** Replicas of the engine over memory stores, simulated time and a simulated cloud. */
import assert from 'node:assert/strict';
import { trustedReports } from '@medevac/fencing';
import {
  type Clock,
  type HostName,
  type HostUuid,
  type InstanceUuid,
  ManualClock,
  type NotificationUuid,
  type ReplicaId,
  type SegmentUuid,
  seededRandom,
  silentLog,
} from '@medevac/kernel';
import { openMemory, type Stores } from '@medevac/store';
import {
  DEFAULT_RULES,
  DEFAULT_TIMING,
  Engine,
  type EnginePorts,
  type EngineSettings,
} from '../src/index.ts';
import { FakeAggregates } from './fake-aggregates.ts';
import { FakeNova, type FakeNovaOptions } from './fake-nova.ts';

export const LEASE_MS = 5_000;
const SEGMENT = '00000000-0000-4000-8000-000000000001' as SegmentUuid;

export const SETTINGS: EngineSettings = {
  ...DEFAULT_RULES,
  storage: 'shared',
  reportIntervalMs: 10_000,
  keepHistoryMs: 90 * 86_400_000,
  timing: DEFAULT_TIMING,
};

/** A killed replica gets no answers and no time any more; what it had sent before still lands. */
class Life {
  isOver = false;

  through<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return async (...parameters: readonly unknown[]) => {
          await this.#breathe();
          try {
            return (await Reflect.apply(member, target, parameters)) as unknown;
          } finally {
            await this.#breathe();
          }
        };
      },
    });
  }

  clock(base: Clock): Clock {
    return {
      wallMs: () => base.wallMs(),
      monotonicMs: () => base.monotonicMs(),
      sleep: async (ms, signal) => {
        try {
          await base.sleep(ms, signal);
        } finally {
          await this.#breathe();
        }
      },
      every: (ms, tick) =>
        base.every(ms, async () => {
          await this.#breathe();
          await tick();
        }),
    };
  }

  #breathe(): Promise<void> | undefined {
    return this.isOver ? new Promise(() => {}) : undefined;
  }
}

export interface ReplicaOptions {
  readonly settings?: Partial<EngineSettings>;
  readonly timing?: Partial<EngineSettings['timing']>;
  readonly hooks?: EnginePorts['hooks'];
  readonly fenceDevices?: EnginePorts['fenceDevices'];
  /** What else proves that a host is off. */
  readonly proof?: Pick<EnginePorts, 'fencingPlanOf' | 'fencingHistories' | 'proofSources'>;
  readonly isSoleProcess?: boolean;
}

export interface Replica {
  readonly engine: Engine;
  kill(): void;
}

export class EngineBench {
  readonly clock = new ManualClock();
  readonly stores: Stores = openMemory();
  readonly nova: FakeNova;
  readonly aggregates: FakeAggregates;
  readonly replicas: Replica[] = [];
  #notifications = 0;

  constructor(options: Omit<FakeNovaOptions, 'clock'> = {}) {
    this.nova = new FakeNova({ clock: this.clock, ...options });
    this.aggregates = new FakeAggregates(this.nova, this.clock);
  }

  /** `dead` with instances, and two more hosts, all in one segment. */
  static async open(
    instances: number,
    options: Omit<FakeNovaOptions, 'clock'> = {},
  ): Promise<EngineBench> {
    const bench = new EngineBench(options);
    const { segments } = bench.stores;
    const segment = {
      name: 'segment',
      description: null,
      serviceType: 'COMPUTE',
      recoveryMethod: 'auto',
      enabled: true,
    } as const;
    await segments.createSegment(SEGMENT, segment, bench.clock.wallMs());
    for (const [index, name] of ['dead', 'alive-1', 'alive-2'].entries()) {
      bench.nova.addHost(name);
      const fields = {
        name: name as HostName,
        type: 'KVM',
        controlAttributes: 'SSH',
        reserved: false,
        onMaintenance: false,
      };
      await segments.createHost(bench.hostUuid(index), SEGMENT, fields, bench.clock.wallMs());
    }
    for (let number = 0; number < instances; number++) bench.nova.addServer('dead');
    return bench;
  }

  get segmentUuid(): SegmentUuid {
    return SEGMENT;
  }

  hostUuid(index: number): HostUuid {
    return `00000000-0000-4000-8000-0000000001${String(index).padStart(2, '0')}` as HostUuid;
  }

  start(options: ReplicaOptions = {}): Replica {
    const life = new Life();
    const number = this.replicas.length + 1;
    const { journal, leases, ...stores } = this.stores;
    const nova = life.through(this.nova);
    const engine = new Engine({
      ports: {
        clock: life.clock(this.clock),
        random: seededRandom(number),
        log: silentLog,
        replica: `replica-${number}` as ReplicaId,
        nova,
        placement: nova,
        capacity: life.through(this.aggregates),
        aggregates: life.through(this.aggregates),
        actions: nova,
        serverGroups: nova,
        images: nova,
        stores: {
          segments: life.through(stores.segments),
          notifications: life.through(stores.notifications),
          incidents: life.through(stores.incidents),
          vmoves: life.through(stores.vmoves),
          instanceLocks: life.through(stores.instanceLocks),
          returns: life.through(stores.returns),
          drains: life.through(stores.drains),
          reservations: life.through(stores.reservations),
          rules: life.through(stores.rules),
          repairs: life.through(stores.repairs),
          history: life.through(stores.history),
        },
        hooks: options.hooks?.map((hook) => life.through(hook)) ?? [],
        fenceDevices: options.fenceDevices ?? [trustedReports],
        ...options.proof,
      },
      settings: {
        ...SETTINGS,
        ...options.settings,
        timing: { ...DEFAULT_TIMING, ...options.timing },
      },
      journal: life.through(journal),
      leases: life.through(leases),
      leaseMs: LEASE_MS,
      isSoleProcess: options.isSoleProcess ?? false,
    });
    engine.start();
    const replica: Replica = {
      engine,
      kill: () => {
        life.isOver = true;
      },
    };
    this.replicas.push(replica);
    return replica;
  }

  /** A monitor reports the failure of `dead`. */
  async report(event = 'STOPPED'): Promise<NotificationUuid> {
    const number = ++this.#notifications;
    const uuid = `00000000-0000-4000-b000-${String(number).padStart(12, '0')}` as NotificationUuid;
    const created = await this.stores.notifications.create(
      {
        uuid,
        type: 'COMPUTE_HOST',
        hostUuid: this.hostUuid(0),
        hostName: 'dead' as HostName,
        segmentUuid: SEGMENT,
        generatedAtMs: this.clock.wallMs(),
        payload: { event, host_status: 'NORMAL', cluster_status: `OFFLINE-${number}` },
        reportedBy: `monitor-${number}`,
        createdAtMs: this.clock.wallMs(),
      },
      0,
    );
    assert.equal(created.kind, 'created');
    for (const { engine } of this.replicas) engine.nudge();
    return uuid;
  }

  /** The host dies, stays silent for a while, and a replica hears of it. */
  async crashAndReport(options: ReplicaOptions = {}): Promise<NotificationUuid> {
    this.start(options);
    await this.clock.advance(15_000);
    this.nova.crash('dead');
    await this.clock.advance(2_000);
    return await this.report();
  }

  async until(done: () => Promise<boolean> | boolean, limitMs = 600_000, stepMs = 500) {
    const endMs = this.clock.monotonicMs() + limitMs;
    while (!(await done())) {
      if (this.clock.monotonicMs() >= endMs) {
        const incident = await this.incident();
        throw new Error(`not within ${limitMs} ms: ${incident?.state}, ${incident?.reason}`);
      }
      await this.clock.advance(stepMs);
    }
  }

  async notification(uuid: NotificationUuid) {
    const row = await this.stores.notifications.read(uuid);
    assert.ok(row !== undefined);
    return row;
  }

  /** Lets time pass until the notification has this status. */
  async untilStatus(uuid: NotificationUuid, status: string, limitMs?: number): Promise<void> {
    await this.until(async () => (await this.notification(uuid)).status === status, limitMs);
  }

  async untilState(state: string, limitMs?: number): Promise<void> {
    await this.until(async () => (await this.incident())?.state === state, limitMs);
  }

  /** The incident of the newest report that has one. */
  async incident() {
    for (let number = this.#notifications; number > 0; number--) {
      const uuid = `00000000-0000-4000-b000-${String(number).padStart(12, '0')}`;
      const row = await this.stores.notifications.read(uuid as NotificationUuid);
      if (row?.incidentId) return await this.stores.incidents.read(row.incidentId);
    }
    return undefined;
  }

  async vmoves() {
    const page = await this.stores.vmoves.list({ filter: {}, sort: [], limit: 10_000 });
    assert.ok(page.kind === 'page');
    return page.rows;
  }

  /** Every notification, the newest first. */
  async reports() {
    const page = await this.stores.notifications.list({ filter: {}, sort: [], limit: 1_000 });
    assert.ok(page.kind === 'page');
    return page.rows;
  }

  async evidence() {
    const incident = await this.incident();
    return incident === undefined ? [] : await this.stores.incidents.readEvidence(incident.id);
  }

  async isOnMaintenance(): Promise<boolean> {
    return (await this.stores.segments.readHost(this.hostUuid(0)))?.onMaintenance === true;
  }

  get forceDowns(): readonly string[] {
    return this.nova.writes.filter((one) => one.includes('"forcedDown":true'));
  }

  evacuateCallsOf(uuid: InstanceUuid): number {
    const { name } = this.nova.server(uuid);
    return this.nova.writes.filter((one) => one === `evacuate ${name}`).length;
  }

  /** What must hold after a recovery: each instance moved once and runs once, nothing hurt. */
  async assertRecovered(notification: NotificationUuid): Promise<void> {
    const { nova } = this;
    assert.deepEqual(nova.violations, []);
    assert.equal(this.forceDowns.length, 1, 'forced down once');
    for (const server of nova.servers.values()) {
      assert.notEqual(server.host, 'dead', `${server.name} left its host`);
      const arrived = nova
        .evacuationsOf(server.uuid)
        .filter((one) => /done|completed/.test(one.status));
      assert.equal(arrived.length, 1, `${server.name} arrived once`);
      assert.equal(nova.starts.filter((one) => one.startsWith(`${server.name}@`)).length, 1);
    }
    const vmoves = await this.vmoves();
    assert.equal(vmoves.length, nova.servers.size);
    for (const vmove of vmoves) {
      assert.equal(vmove.status, 'succeeded');
      assert.equal(vmove.destHost, nova.server(vmove.instanceUuid).host);
      assert.ok(vmove.startAtMs !== null && vmove.endAtMs !== null);
    }
    assert.equal((await this.notification(notification)).status, 'finished');
    assert.equal((await this.incident())?.state, 'recovered');
    assert.equal(await this.isOnMaintenance(), true);
  }
}

/**
 * Calls back once, when the step has reached the journal in that state and nothing has followed it.
 */
export function afterStep(
  bench: EngineBench,
  path: string,
  act: () => Promise<void> | void,
  state = 'done',
): void {
  const { journal } = bench.stores;
  const write = journal.writeStep.bind(journal);
  journal.writeStep = async (tenure, step) => {
    const outcome = await write(tenure, step);
    if (step.path === path && step.state === state) {
      journal.writeStep = write;
      await act();
    }
    return outcome;
  };
}
