/**
 * The one owner of the database: every read and every write of the SQL stores goes through it.
 *
 * Where commits are dear (SQLite waits for the disk), all writes asked for within one turn of the
 * event loop share a transaction, each behind a savepoint: one that is refused or fails is rolled
 * back alone, and every promise is answered only after the commit. A transaction that the database
 * itself gives up (full disk) takes all of them with it; they are then carried out one by one, so
 * that each gets its own answer. No two transactions are ever interleaved on one connection.
 */
import { InvariantError, LIMITS, messageOf, OperationalError } from '@medevac/kernel';
import type { Tenure } from '@medevac/workflow';
import { Kysely, sql, type Transaction } from 'kysely';
import { STORE_ERRORS } from '../errors.ts';
import type { SqlDialect } from './dialect/dialect.ts';
import type { Schema } from './schema.ts';

/** A unique key refused a row. Never leaves this room: a store turns it into an answer. */
export class DuplicateKeyError extends Error {}

/** Ends the work of one write, undoes what it did, and answers its caller. */
type RollBack<Answer> = (answer: Answer) => never;
/**
 * The statements of one write. They touch nothing but the database, because they may be carried out
 * again; an error of a statement must be let through, because the transaction may be over with it.
 */
export type Work<Answer> = (db: Transaction<Schema>, rollBack: RollBack<Answer>) => Promise<Answer>;

interface QueuedWrite {
  readonly work: Work<unknown>;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

class RolledBack extends Error {
  readonly answer: unknown;

  constructor(answer: unknown) {
    super('rolled back');
    this.answer = answer;
  }
}

/** The shared transaction is gone: none of its writes has happened. */
class TransactionLost extends Error {}

const rollBack = (answer: unknown): never => {
  throw new RolledBack(answer);
};

/** More writers than this on one row at once are a fault of their own. */
const CONFLICT_TRIES = 10;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class SqlDatabase {
  readonly dialect: SqlDialect;
  readonly #kysely: Kysely<Schema>;
  #queue: QueuedWrite[] = [];
  #flushing: Promise<void> | undefined;
  #closed = false;

  constructor(dialect: SqlDialect) {
    this.dialect = dialect;
    this.#kysely = new Kysely<Schema>({ dialect: dialect.kysely });
  }

  /** Reads what is committed. Failures are OperationalErrors that name the database. */
  async read<Answer>(query: (db: Kysely<Schema>) => Promise<Answer>): Promise<Answer> {
    this.#refuseWhenClosed();
    try {
      return await query(this.#kysely);
    } catch (error) {
      throw this.#translate(error, 'work');
    }
  }

  /** Carries `work` out as one unit; it has reached the disk when the promise resolves. */
  async write<Answer>(work: Work<Answer>): Promise<Answer> {
    this.#refuseWhenClosed();
    if (!this.dialect.sharesTransactions) return (await this.#alone(work)) as Answer;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#queue.push({ work, resolve, reject });
    });
    this.#flushing ??= this.#flush();
    return (await answer) as Answer;
  }

  /**
   * A write that may lose a race for a unique key and then has to decide anew on what is there now.
   * With one connection it cannot lose; with several it sees the winner's row the second time.
   */
  async writeDecidingAgain<Answer>(work: Work<Answer>): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.write(work);
      } catch (error) {
        if (!(error instanceof DuplicateKeyError)) throw error;
        if (attempt === CONFLICT_TRIES)
          throw new InvariantError(`a unique key is taken by a row nobody finds: ${error.message}`);
      }
    }
  }

  /**
   * A write under a tenure. Its first statement is the compare-and-swap on the lease: two holders
   * meet on the same row on every database, and it counts as a beat. A tenure that is over writes
   * nothing. A lease that was given back has no holder, so its last epoch is over as well.
   */
  fenced<Answer>(tenure: Tenure, work: Work<Answer | 'stale'>): Promise<Answer | 'stale'> {
    return this.write<Answer | 'stale'>(async (db, rollBack) => {
      const lease = await db
        .updateTable('lease')
        .set((row) => ({ beat: row('beat', '+', 1) }))
        .where('name', '=', tenure.lease)
        .where('epoch', '=', tenure.epoch)
        .where('holder', 'is not', null)
        .executeTakeFirstOrThrow();
      if (lease.numUpdatedRows === 0n) rollBack('stale');
      return work(db, rollBack);
    });
  }

  /** Waits for the writes under way, then gives the connections back. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#flushing !== undefined) await this.#flushing;
    await this.#kysely.destroy();
  }

  #refuseWhenClosed(): void {
    if (!this.#closed) return;
    throw new OperationalError(STORE_ERRORS.closed, `${this.dialect.location} has been closed`);
  }

  async #flush(): Promise<void> {
    for (;;) {
      await nextTurn();
      const batch = this.#queue.slice(0, LIMITS.journalBatch);
      this.#queue = this.#queue.slice(batch.length);
      if (batch.length === 0) break;
      await this.#together(batch);
    }
    this.#flushing = undefined;
  }

  async #together(batch: readonly QueuedWrite[]): Promise<void> {
    if (batch.length === 1) return this.#oneByOne(batch);
    let phase: Phase = 'work';
    const answers: (() => void)[] = [];
    try {
      await this.#kysely.transaction().execute(async (db) => {
        for (const write of batch) answers.push(await this.#behindSavepoint(db, write));
        phase = 'commit';
      });
    } catch (error) {
      if (error instanceof TransactionLost) return this.#oneByOne(batch);
      const failure = this.#translate(error, phase);
      for (const write of batch) write.reject(failure);
      return;
    }
    for (const answer of answers) answer();
  }

  async #oneByOne(batch: readonly QueuedWrite[]): Promise<void> {
    for (const { work, resolve, reject } of batch) await this.#alone(work).then(resolve, reject);
  }

  async #behindSavepoint(db: Transaction<Schema>, write: QueuedWrite): Promise<() => void> {
    await sql`savepoint one_write`.execute(db);
    try {
      const answer = await write.work(db, rollBack);
      await sql`release savepoint one_write`.execute(db);
      return () => write.resolve(answer);
    } catch (error) {
      try {
        await sql`rollback to savepoint one_write`.execute(db);
        await sql`release savepoint one_write`.execute(db);
      } catch (lost) {
        throw new TransactionLost(messageOf(error), { cause: lost });
      }
      if (error instanceof RolledBack) return () => write.resolve(error.answer);
      const failure = this.#translate(error, 'work');
      return () => write.reject(failure);
    }
  }

  async #alone<Answer>(work: Work<Answer>): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      let phase: Phase = 'work';
      try {
        return await this.#kysely.transaction().execute(async (db) => {
          const answer = await work(db, rollBack);
          phase = 'commit';
          return answer;
        });
      } catch (error) {
        if (error instanceof RolledBack) return error.answer;
        const conflict = this.dialect.classify(error)?.kind === 'conflict';
        if (!conflict || attempt === CONFLICT_TRIES) throw this.#translate(error, phase);
      }
    }
  }

  #translate(error: unknown, phase: Phase): unknown {
    const trouble = this.dialect.classify(error);
    const place = this.dialect.location;
    switch (trouble?.kind) {
      case undefined:
        return error;
      case 'duplicate-key':
        return new DuplicateKeyError(messageOf(error), { cause: error });
      case 'missing-reference':
        return new InvariantError(`a row refers to one that is not there: ${messageOf(error)}`);
      case 'conflict':
        return new OperationalError(
          STORE_ERRORS.conflict,
          `gave way to other writers ${CONFLICT_TRIES} times in ${place}`,
          { cause: error },
        );
      case 'failure': {
        // A disk or a connection that fails while committing leaves open whether it has happened.
        const open = phase === 'commit' && trouble.error.code === STORE_ERRORS.unavailable.code;
        const details = open
          ? { cause: error, retry: 'unknown-outcome' as const }
          : { cause: error };
        return new OperationalError(trouble.error, trouble.message, details);
      }
    }
  }
}

type Phase = 'work' | 'commit';
