/**
 * Several `medevac serve` processes on one database, each with its own way to one simulated cloud,
 * so that it is known whose call it was. A host of the cloud fails, and what the replicas do about
 * it is slow enough to be interrupted in the middle.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type HostName,
  type HostUuid,
  type NotificationUuid,
  type SegmentUuid,
  seededRandom,
  systemClock,
} from '@medevac/kernel';
import { type ServedCloud, SimulatedCloud, serveCloud } from '@medevac/simulator';
import { migrateServer, type OpenedServer, openServer } from '@medevac/store';
import { createDatabase, dropDatabase } from './database-client.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/medevac.js');
const READY_MS = 60_000;
const LOOK_MS = 20;
const REPORT_MS = 1_000;
/** Longer than a report and the margin, so that the failure is believed at once. */
const SILENCE_MS = 3_000;
const HOSTS = 4;
const FAILED = 'compute-1' as HostName;
const SEGMENT = '00000000-0000-4000-8000-000000000001' as SegmentUuid;
const HOST_UUID = '00000000-0000-4000-8000-000000000101' as HostUuid;
const REPORT = '00000000-0000-4000-b000-000000000001' as NotificationUuid;

export interface FleetOptions {
  /** A server; the fleet makes a database of its own there. */
  readonly server: string;
  readonly replicas: number;
  readonly instances: number;
  /** Of one evacuate call, of which each replica has one on its way at once. */
  readonly callMs: number;
}

/** An evacuate call when it reached the cloud. */
export interface FleetCall {
  readonly replica: number;
  readonly instance: string;
  readonly atMs: number;
}

interface Taken {
  readonly replica: number;
  readonly epoch: number;
  readonly atMs: number;
}

interface Member {
  readonly child: ChildProcess;
  readonly served: ServedCloud;
}

export class ReplicaFleet {
  readonly cloud: SimulatedCloud;
  readonly calls: FleetCall[] = [];
  /** Who has taken the recovery, in order; as the replicas' own logs say. */
  readonly taken: Taken[] = [];
  readonly #options: FleetOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'medevac-fleet-'));
  readonly #database: ReturnType<typeof createDatabase>;
  readonly #members: Member[] = [];
  #opened: OpenedServer | undefined;

  private constructor(options: FleetOptions) {
    this.#options = options;
    this.cloud = new SimulatedCloud({
      clock: systemClock,
      random: seededRandom(options.instances),
      hosts: HOSTS,
      reportMs: REPORT_MS,
      roomPerHost: options.instances,
      bootMs: 500,
    });
    this.#database = createDatabase(options.server);
  }

  static async open(options: FleetOptions): Promise<ReplicaFleet> {
    const fleet = new ReplicaFleet(options);
    try {
      await fleet.#start();
      return fleet;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  /** The one that carries the recovery. */
  get holder(): number {
    const last = this.taken.at(-1);
    assert.ok(last !== undefined, 'nobody has taken the recovery');
    return last.replica;
  }

  callsOf(replica: number): readonly FleetCall[] {
    return this.calls.filter((one) => one.replica === replica);
  }

  signal(replica: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#members[replica]?.child.kill(name);
  }

  /** The host loses its power, and somebody says so when Nova has not heard of it for a while. */
  async fail(): Promise<void> {
    this.cloud.powerOff(FAILED);
    await systemClock.sleep(SILENCE_MS);
    const atMs = systemClock.wallMs();
    const created = await this.#stores.notifications.create(
      {
        uuid: REPORT,
        type: 'COMPUTE_HOST',
        hostUuid: HOST_UUID,
        hostName: FAILED,
        segmentUuid: SEGMENT,
        generatedAtMs: atMs,
        payload: { event: 'STOPPED', host_status: 'NORMAL', cluster_status: 'OFFLINE' },
        reportedBy: 'monitor',
        createdAtMs: atMs,
      },
      0,
    );
    assert.equal(created.kind, 'created');
  }

  async until(isSo: () => unknown, withinMs: number): Promise<void> {
    const endMs = systemClock.monotonicMs() + withinMs;
    while (!(await isSo())) {
      assert.ok(systemClock.monotonicMs() < endMs, `not within ${withinMs} ms: ${String(isSo)}`);
      await systemClock.sleep(LOOK_MS);
    }
  }

  /** Waits for the end, and checks that every instance was evacuated once and runs once. */
  async assertRecovered(withinMs: number): Promise<void> {
    const status = async () => (await this.#stores.notifications.read(REPORT))?.status;
    await this.until(async () => (await status()) === 'finished', withinMs);
    const evacuations = this.cloud.migrations().filter((one) => one.type === 'evacuation');
    assert.equal(evacuations.length, this.#options.instances);
    for (const { server, runsOn } of this.cloud.instances()) {
      assert.notEqual(server.host, FAILED);
      assert.deepEqual(runsOn, [server.host], `${server.name} runs once`);
    }
    assert.deepEqual(this.cloud.doubleRuns, []);
  }

  async close(): Promise<void> {
    for (const { child } of this.#members) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    for (const { served } of this.#members) await served.close();
    this.cloud.stop();
    await this.#opened?.close();
    dropDatabase(this.#options.server, this.#database.name);
    rmSync(this.#folder, { recursive: true });
  }

  get #stores() {
    assert.ok(this.#opened !== undefined);
    return this.#opened.stores;
  }

  async #start(): Promise<void> {
    const { url } = this.#database;
    await migrateServer({ url, clock: systemClock, resume: false });
    this.#opened = await openServer({ url, clock: systemClock });
    await this.#protect();
    this.cloud.boot(this.#options.instances, FAILED);
    this.cloud.start();
    for (let replica = 0; replica < this.#options.replicas; replica++) await this.#serve(replica);
  }

  async #protect(): Promise<void> {
    const { segments } = this.#stores;
    const atMs = systemClock.wallMs();
    const segment = { name: 'segment', description: null, serviceType: 'COMPUTE', enabled: true };
    await segments.createSegment(SEGMENT, { ...segment, recoveryMethod: 'auto' }, atMs);
    const host = { name: FAILED, type: 'KVM', controlAttributes: 'SSH' };
    const flags = { reserved: false, onMaintenance: false };
    await segments.createHost(HOST_UUID, SEGMENT, { ...host, ...flags }, atMs);
  }

  async #serve(replica: number): Promise<void> {
    const served = await serveCloud(
      { ...this.#ports(), nova: this.#heard(replica) },
      { host: '127.0.0.1', port: 0, clock: systemClock, random: seededRandom(replica) },
    );
    const words = ['--fencing=trusted', '--storage=shared', '--listen=127.0.0.1:0'];
    const paces = [`--nova-report-interval=${REPORT_MS / 1000}`, '--evacuate-calls=1'];
    const child = spawn(process.execPath, [PROGRAM, 'serve', ...words, ...paces], {
      cwd: this.#folder,
      env: {
        ...served.environment,
        PATH: process.env['PATH'],
        HOME: this.#folder,
        MEDEVAC_DATABASE: this.#database.url,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#members.push({ child, served });
    createInterface({ input: child.stderr }).on('line', (line) => this.#read(replica, line));
    const lines = createInterface({ input: child.stdout });
    await once(lines, 'line', { signal: AbortSignal.timeout(READY_MS) });
  }

  #ports() {
    const { nova, placement, catalogue, aggregates } = this.cloud;
    return { nova, placement, catalogue, aggregates };
  }

  /** The cloud's Nova, with the replica's evacuate calls noted and slowed down. */
  #heard(replica: number): SimulatedCloud['nova'] {
    const { nova } = this.cloud;
    return new Proxy(nova, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        if (name !== 'evacuate') return member.bind(target) as unknown;
        return async (...parameters: Parameters<typeof nova.evacuate>) => {
          const [instance, host] = parameters;
          this.calls.push({ replica, instance, atMs: systemClock.monotonicMs() });
          await systemClock.sleep(this.#options.callMs);
          // Carried out although the caller may be dead by then, as nova-api does.
          return await target.evacuate(instance, host, { deadlineMs: READY_MS });
        };
      },
    });
  }

  #read(replica: number, line: string): void {
    if (!line.includes('run.taken')) return;
    const said = JSON.parse(line) as { readonly workflow?: string; readonly epoch?: number };
    if (said.workflow !== 'host-failure') return;
    this.taken.push({ replica, epoch: said.epoch ?? 0, atMs: systemClock.monotonicMs() });
  }
}
