/** Nova's aggregates and Placement's free room beside the simulated Nova of these tests. */
import type { Clock, HostName } from '@medevac/kernel';
import type {
  Aggregate,
  AggregateChange,
  Aggregates,
  Call,
  Capacity,
  ProviderCapacity,
} from '@medevac/openstack';
import type { FakeNova } from './fake-nova.ts';

const LATENCY_MS = 20;

export class FakeAggregates implements Aggregates, Capacity {
  readonly #nova: FakeNova;
  readonly #clock: Clock;
  readonly #members = new Map<number, Set<string>>();
  /** What it refuses to take. */
  refuses: number | undefined;
  /** Placement answers nothing that helps. */
  isRoomUnknown = false;

  constructor(nova: FakeNova, clock: Clock) {
    this.#nova = nova;
    this.#clock = clock;
  }

  add(...hosts: readonly string[]): number {
    const id = this.#members.size + 1;
    this.#members.set(id, new Set(hosts));
    return id;
  }

  hostsOf(id: number): readonly string[] {
    return [...(this.#members.get(id) ?? [])];
  }

  async listAggregates(call: Call): Promise<readonly Aggregate[]> {
    await this.#clock.sleep(LATENCY_MS, call.signal);
    return [...this.#members].map(([id, hosts]) => ({
      ...{ id, uuid: `${id}`, name: `aggregate-${id}`, availabilityZone: null, metadata: {} },
      hosts: [...hosts].map((host) => host as HostName),
    }));
  }

  async addHost(id: number, host: HostName, call: Call): Promise<AggregateChange> {
    await this.#clock.sleep(LATENCY_MS, call.signal);
    if (id === this.refuses) return { kind: 'refused', message: 'two availability zones' };
    const hosts = this.#members.get(id);
    if (hosts === undefined) return { kind: 'missing' };
    if (hosts.has(host)) return { kind: 'unchanged' };
    hosts.add(host);
    this.#nova.writes.push(`join ${id} ${host}`);
    await this.#clock.sleep(LATENCY_MS, call.signal);
    return { kind: 'changed' };
  }

  async removeHost(id: number, host: HostName, call: Call): Promise<AggregateChange> {
    await this.#clock.sleep(LATENCY_MS, call.signal);
    const hosts = this.#members.get(id);
    if (hosts === undefined) return { kind: 'missing' };
    if (!hosts.delete(host)) return { kind: 'unchanged' };
    this.#nova.writes.push(`leave ${id} ${host}`);
    await this.#clock.sleep(LATENCY_MS, call.signal);
    return { kind: 'changed' };
  }

  /** One VCPU for each instance that the host still takes; a full host is left out. */
  async listCapacity(_least: unknown, call: Call): Promise<readonly ProviderCapacity[]> {
    await this.#clock.sleep(LATENCY_MS, call.signal);
    if (this.isRoomUnknown) return [];
    return [...this.#nova.hosts.values()]
      .filter((host) => host.room > 0)
      .map(({ name, room }) => {
        const free = { VCPU: room, MEMORY_MB: room * 512, DISK_GB: room };
        return { name, root: name, free, traits: [] };
      });
  }
}
