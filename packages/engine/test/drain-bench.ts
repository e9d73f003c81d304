/** Drains of the host `dead`, which lives here, and their ends. */
import assert from 'node:assert/strict';
import type { DrainId, HostName } from '@medevac/kernel';
import { seededRandom, silentLog } from '@medevac/kernel';
import { DrainCommands, type DrainRecord, type DrainRequest } from '../src/index.ts';
import { EngineBench, type ReplicaOptions } from './engine-bench.ts';

export const DRAINED = 'dead' as HostName;
const ORDER = { by: 'operator', note: null };

export class DrainBench {
  readonly bench: EngineBench;
  readonly commands: DrainCommands;
  #id: DrainId | undefined;

  private constructor(bench: EngineBench) {
    this.bench = bench;
    this.commands = new DrainCommands({
      stores: bench.stores,
      clock: bench.clock,
      random: seededRandom(7),
      log: silentLog,
    });
  }

  static async open(instances: number): Promise<DrainBench> {
    return new DrainBench(await EngineBench.open(instances));
  }

  /** With a replica that has watched for long enough to know who reports. */
  async start(options: ReplicaOptions = {}) {
    const replica = this.bench.start(options);
    await this.bench.clock.advance(25_000);
    return replica;
  }

  async drain(request: Partial<DrainRequest> = {}): Promise<DrainRecord> {
    const result = await this.commands.drain({ ...ORDER, host: DRAINED, ...request });
    assert.ok(result.kind === 'taken', JSON.stringify(result));
    this.#id = result.drain.id;
    return result.drain;
  }

  get id(): DrainId {
    assert.ok(this.#id !== undefined, 'a drain was asked for');
    return this.#id;
  }

  async now(): Promise<DrainRecord> {
    const drain = await this.bench.stores.drains.read(this.id);
    assert.ok(drain !== undefined);
    return drain;
  }

  async untilState(state: string, limitMs?: number): Promise<DrainRecord> {
    try {
      await this.bench.until(async () => (await this.now()).state === state, limitMs);
    } catch (error) {
      const { message, state: is } = await this.now();
      throw new Error(`the drain is ${is} (${message}), and not ${state}`, { cause: error });
    }
    return await this.now();
  }

  cancel = () => this.commands.cancel(this.id, ORDER);
  undrain = () => this.commands.undrain(this.id, ORDER);

  /** By name: status, and where it is by the drain's own answer. */
  async answers(): Promise<Readonly<Record<string, string>>> {
    const rows = await this.bench.stores.drains.instancesOf(this.id);
    return Object.fromEntries(
      rows.map((row) => [row.instanceName, [row.status, row.destHost ?? '-'].join(' ')]),
    );
  }

  async host() {
    const host = await this.bench.stores.segments.findHost(DRAINED);
    assert.ok(host !== undefined);
    return host;
  }

  get service() {
    const { disabledReason, status } = this.bench.nova.host(DRAINED);
    return `${status} ${disabledReason ?? '-'}`;
  }

  /** Requests to Nova about instances and services, in order. */
  get writes(): readonly string[] {
    return this.bench.nova.writes;
  }
}
