/**
 * Nova with live migrations in flight, which the simulated hosts do not make by themselves: their
 * records appear among the others, each with its own number.
 */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { Migration, Nova } from '@medevac/openstack';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';

interface Shown {
  readonly behind: number;
  migration: Migration;
}

export class ShownMigrations {
  readonly #cloud: SimulatedCloud;
  readonly #shown: Shown[] = [];

  constructor(cloud: SimulatedCloud) {
    this.#cloud = cloud;
  }

  /** A live migration of the instance, new or moved on to another status. */
  show(instanceUuid: InstanceUuid, destHost: HostName, status: string): void {
    const known = this.#shown.find((one) => one.migration.instanceUuid === instanceUuid);
    if (known !== undefined) {
      known.migration = { ...known.migration, status };
      return;
    }
    const server = this.#cloud.instance(instanceUuid)?.server;
    if (server === undefined) return;
    const behind = this.#cloud.migrations().length;
    const migration: Migration = {
      id: behind + this.#shown.length + 1,
      instanceUuid,
      type: 'live-migration',
      status,
      sourceHost: server.host,
      destHost,
      createdAt: server.updatedAt,
      updatedAt: server.updatedAt,
    };
    this.#shown.push({ behind, migration });
  }

  /** Nova as the product sees it. */
  around(nova: Nova): Nova {
    return new Proxy(nova, {
      get: (target, key) => {
        if (key !== 'listMigrations') return boundMember(target, key);
        return async (...[query, call]: Parameters<Nova['listMigrations']>) => {
          if (this.#shown.length === 0) return await target.listMigrations(query, call);
          const { newerThanId, ...rest } = query;
          const real = await target.listMigrations(rest, call);
          const all = [...real.map((one) => this.#renumbered(one)), ...this.#asked(rest)];
          return all
            .filter((one) => newerThanId === undefined || one.id > newerThanId)
            .toSorted((a, b) => b.id - a.id);
        };
      },
    });
  }

  #renumbered(migration: Migration): Migration {
    const before = this.#shown.filter((one) => one.behind < migration.id).length;
    return before === 0 ? migration : { ...migration, id: migration.id + before };
  }

  #asked(query: Parameters<Nova['listMigrations']>[0]): readonly Migration[] {
    return this.#shown
      .map((one) => one.migration)
      .filter(({ type, sourceHost, destHost }) => {
        if (query.type !== undefined && query.type !== type) return false;
        if (query.sourceHost !== undefined && query.sourceHost !== sourceHost) return false;
        return query.host === undefined || [sourceHost, destHost].includes(query.host);
      });
  }
}

function boundMember(target: Nova, key: string | symbol): unknown {
  const member: unknown = Reflect.get(target, key);
  return typeof member === 'function' ? (member.bind(target) as unknown) : member;
}
