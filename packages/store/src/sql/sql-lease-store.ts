/** Leases in SQL: every operation is one compare-and-swap whose affected rows decide. */
import type { ReplicaId } from '@medevac/kernel';
import type { LeaseRow, LeaseStore, Tenure } from '@medevac/workflow';
import { DuplicateKeyError, type SqlDatabase } from './sql-database.ts';

export class SqlLeaseStore implements LeaseStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async read(name: string): Promise<LeaseRow | undefined> {
    const row = await this.#database.read((db) =>
      db.selectFrom('lease').selectAll().where('name', '=', name).executeTakeFirst(),
    );
    return row && { ...row, holder: row.holder as ReplicaId | null };
  }

  async take(
    name: string,
    seen: Pick<LeaseRow, 'epoch' | 'beat'> | undefined,
    holder: ReplicaId,
  ): Promise<Tenure | undefined> {
    if (seen === undefined) return this.#takeFirst(name, holder);
    const epoch = seen.epoch + 1;
    const taken = await this.#database.write((db) =>
      db
        .updateTable('lease')
        .set({ holder, epoch, beat: 0 })
        .where('name', '=', name)
        .where('epoch', '=', seen.epoch)
        .where('beat', '=', seen.beat)
        .executeTakeFirstOrThrow(),
    );
    return taken.numUpdatedRows === 1n ? { lease: name, epoch } : undefined;
  }

  async #takeFirst(name: string, holder: ReplicaId): Promise<Tenure | undefined> {
    try {
      await this.#database.write((db) =>
        db.insertInto('lease').values({ name, holder, epoch: 1, beat: 0 }).execute(),
      );
      return { lease: name, epoch: 1 };
    } catch (error) {
      if (error instanceof DuplicateKeyError) return undefined;
      throw error;
    }
  }

  async renew(tenure: Tenure): Promise<boolean> {
    const answer = await this.#database.fenced(tenure, async () => 'renewed' as const);
    return answer === 'renewed';
  }

  async release(tenure: Tenure): Promise<void> {
    await this.#database.write((db) =>
      db
        .updateTable('lease')
        .set({ holder: null })
        .where('name', '=', tenure.lease)
        .where('epoch', '=', tenure.epoch)
        .execute(),
    );
  }
}
