/** How Nova shows its records of services and migrations to a client. */
import type { ComputeService, Migration, MigrationQuery } from '@medevac/openstack';
import type { MigrationRow, NovaTables, ServiceRow } from './nova-tables.ts';

export class ShownRecords {
  readonly #tables: NovaTables;
  readonly #shown = new WeakMap<MigrationRow, Migration>();

  constructor(tables: NovaTables) {
    this.#tables = tables;
  }

  /** Newest first. */
  migrations(query: MigrationQuery): readonly Migration[] {
    return this.#tables.migrations
      .filter((one) => isAskedFor(one, query) && !this.#isHidden(one))
      .map((one) => this.#shownAs(one))
      .toReversed();
  }

  seen(row: ServiceRow): ComputeService {
    return {
      kind: 'seen',
      uuid: row.uuid,
      host: row.host,
      status: row.status,
      disabledReason: row.disabledReason,
      state: this.#tables.isUp(row) ? 'up' : 'down',
      forcedDown: row.forcedDown,
      updatedAt: this.#tables.stamp(Math.max(row.reportedMs, row.changedMs)),
    };
  }

  /** One copy of a record serves all answers until the record changes. */
  #shownAs(row: MigrationRow): Migration {
    const known = this.#shown.get(row);
    if (
      known?.status === row.status &&
      known.destHost === row.destHost &&
      known.updatedAt === row.updatedAt
    ) {
      return known;
    }
    const copy = { ...row };
    this.#shown.set(row, copy);
    return copy;
  }

  /** Records of a cell that is down are left out without a word. */
  #isHidden(migration: MigrationRow): boolean {
    const { sourceHost } = migration;
    return sourceHost !== null && this.#tables.services.get(sourceHost)?.isCellDown === true;
  }
}

function isAskedFor(migration: Migration, query: MigrationQuery): boolean {
  const { host, sourceHost, type, newerThanId } = query;
  return (
    (host === undefined || migration.sourceHost === host || migration.destHost === host) &&
    (sourceHost === undefined || migration.sourceHost === sourceHost) &&
    (type === undefined || migration.type === type) &&
    (newerThanId === undefined || migration.id > newerThanId)
  );
}
