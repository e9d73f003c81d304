/** Nova's host aggregates: named sets of hosts, changed through the API by the rules of Nova 26. */
import type { Clock, HostName } from '@medevac/kernel';
import type { Aggregate, AggregateChange, Aggregates, Call } from '@medevac/openstack';
import type { NovaTables } from './nova-tables.ts';

interface AggregateRow {
  readonly id: number;
  readonly name: string;
  readonly availabilityZone: string | null;
  readonly hosts: Set<HostName>;
}

export interface AggregateParts {
  readonly clock: Clock;
  readonly tables: NovaTables;
  readonly latencyMs: number;
  readonly say: (text: string, host?: HostName) => void;
}

export class SimulatedAggregates implements Aggregates {
  readonly #parts: AggregateParts;
  readonly #rows: AggregateRow[] = [];

  constructor(parts: AggregateParts) {
    this.#parts = parts;
  }

  /** Made by an operator, at once. */
  add(name: string, hosts: readonly string[], availabilityZone: string | null = null): number {
    const id = (this.#rows.at(-1)?.id ?? 0) + 1;
    const members = new Set(hosts.map((host) => this.#parts.tables.service(host as HostName).host));
    this.#rows.push({ id, name, availabilityZone, hosts: members });
    return id;
  }

  /** By an operator, at once. */
  remove(id: number): void {
    const index = this.#rows.findIndex((row) => row.id === id);
    if (index >= 0) this.#rows.splice(index, 1);
  }

  /** Names of the aggregates that the host is in. */
  namesOf(host: HostName): readonly string[] {
    return this.#rows.filter((row) => row.hosts.has(host)).map((row) => row.name);
  }

  listAggregates(call: Call): Promise<readonly Aggregate[]> {
    return this.#serve(call, () => this.#rows.map(shown));
  }

  addHost(id: number, host: HostName, call: Call): Promise<AggregateChange> {
    return this.#serve(call, (): AggregateChange => {
      const row = this.#rows.find((one) => one.id === id);
      if (row === undefined) return { kind: 'missing' };
      if (row.hosts.has(host)) return { kind: 'unchanged' };
      const service = this.#parts.tables.services.get(host);
      if (service === undefined || service.isDeleted) {
        return { kind: 'refused', message: `compute host ${host} could not be found` };
      }
      const zone = this.#rows.find(
        (one) => one.availabilityZone !== null && one.hosts.has(host),
      )?.availabilityZone;
      const isOther = zone !== undefined && row.availabilityZone !== null;
      if (isOther && zone !== row.availabilityZone) {
        return { kind: 'refused', message: `${host} is in the availability zone ${zone} already` };
      }
      row.hosts.add(host);
      this.#parts.say(`Nova: ${host} joins aggregate ${row.name}`, host);
      return { kind: 'changed' };
    });
  }

  removeHost(id: number, host: HostName, call: Call): Promise<AggregateChange> {
    return this.#serve(call, (): AggregateChange => {
      const row = this.#rows.find((one) => one.id === id);
      if (row === undefined) return { kind: 'missing' };
      if (!row.hosts.delete(host)) return { kind: 'unchanged' };
      this.#parts.say(`Nova: ${host} leaves aggregate ${row.name}`, host);
      return { kind: 'changed' };
    });
  }

  async #serve<T>(call: Call, act: () => T): Promise<T> {
    const { clock, latencyMs } = this.#parts;
    await clock.sleep(latencyMs / 2, call.signal);
    const answer = act();
    await clock.sleep(latencyMs / 2, call.signal);
    return answer;
  }
}

const shown = ({ id, name, availabilityZone, hosts }: AggregateRow): Aggregate => ({
  ...{ id, name, availabilityZone },
  uuid: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
  hosts: [...hosts],
  metadata: {},
});
