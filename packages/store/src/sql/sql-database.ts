/**
 * The one owner of the database: every read and every write of the SQL stores goes through it.
 *
 * Writes asked for within one turn of the event loop share a transaction, each behind a savepoint,
 * when they are on one lane: one that is refused or fails is rolled back alone, and every promise
 * is answered only after the commit. A transaction that the database itself gives up (full disk)
 * takes all of them with it; they are then carried out one by one, so that each gets its own
 * answer. SQLite has one connection and waits for the disk at each commit: all its writes are on
 * one lane. On a server the writes under one lease, or about one host, are: they meet on one row
 * anyway, and in line they are not in each other's way, keep their order, and leave the
 * connections of the pool to others. No two transactions are ever interleaved on one connection.
 */
import { InvariantError, LIMITS, messageOf, OperationalError } from '@medevac/kernel';
import type { Tenure } from '@medevac/workflow';
import { Kysely, sql, type Transaction } from 'kysely';
import { STORE_ERRORS } from '../errors.ts';
import type { SqlDialect } from './dialect/dialect.ts';
import { passingOver } from './passing-over.ts';
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

interface Lane {
  readonly queue: QueuedWrite[];
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

/**
 * Replicas that meet on one row of a Galera cluster lose in turn: of three that never pause, one
 * loses so often once in 200,000 times.
 */
const CONFLICT_TRIES = 30;

/** Every statement goes over the network, and a renewal of the lease may wait behind them. */
const SERVER_BATCH = 50;

/** All writes of a database with one connection. */
const ONLY_LANE = '';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class SqlDatabase {
  readonly dialect: SqlDialect;
  readonly #kysely: Kysely<Schema>;
  /** Writes that wait, by lane, and what is carrying them out. */
  readonly #lanes = new Map<string, Lane>();
  #underWay = 0;
  #idle: (() => void) | undefined;
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

  /**
   * Carries `work` out as one unit; it has reached the disk when the promise resolves. Writes of
   * one `lane` are carried out in the order of asking.
   */
  async write<Answer>(work: Work<Answer>, lane?: string): Promise<Answer> {
    this.#refuseWhenClosed();
    this.#underWay++;
    try {
      const name = this.dialect.sharesTransactions ? ONLY_LANE : lane;
      if (name === undefined) return (await this.#alone(work)) as Answer;
      return (await this.#inLine(name, work)) as Answer;
    } finally {
      if (--this.#underWay === 0) this.#idle?.();
    }
  }

  /**
   * A write that may lose a race for a unique key and then has to decide anew on what is there now.
   * With one connection it cannot lose; with several it sees the winner's row the second time.
   */
  async writeDecidingAgain<Answer>(work: Work<Answer>, lane?: string): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.write(work, lane);
      } catch (error) {
        if (!(error instanceof DuplicateKeyError)) throw error;
        if (attempt === CONFLICT_TRIES)
          throw new InvariantError(`a unique key is taken by a row nobody finds: ${error.message}`);
      }
    }
  }

  /**
   * Changes of the schema, each of which stands at once: for databases that cannot undo them with a
   * transaction. `again`: parts that are there already are passed over.
   */
  async changeSchema(change: (db: Kysely<Schema>) => Promise<void>, again: boolean): Promise<void> {
    this.#refuseWhenClosed();
    const { kysely } = this.dialect;
    const isThere = (error: unknown): boolean =>
      this.dialect.classify(error)?.kind === 'there-already';
    const db = new Kysely<Schema>({ dialect: again ? passingOver(kysely, isThere) : kysely });
    try {
      await change(db);
    } catch (error) {
      throw this.#translate(error, 'work');
    } finally {
      await db.destroy();
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
    }, `lease ${tenure.lease}`);
  }

  /** Waits for the writes under way, then gives the connections back. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#underWay > 0)
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    await this.#kysely.destroy();
  }

  #refuseWhenClosed(): void {
    if (!this.#closed) return;
    throw new OperationalError(STORE_ERRORS.closed, `${this.dialect.location} has been closed`);
  }

  #inLine(name: string, work: Work<unknown>): Promise<unknown> {
    const answer = new Promise<unknown>((resolve, reject) => {
      const lane = this.#lanes.get(name);
      if (lane !== undefined) {
        lane.queue.push({ work, resolve, reject });
        return;
      }
      const made: Lane = { queue: [{ work, resolve, reject }] };
      this.#lanes.set(name, made);
      void this.#flush(name, made);
    });
    return answer;
  }

  /** Never rejects: each write of the lane hears of its own end. */
  async #flush(name: string, lane: Lane): Promise<void> {
    for (;;) {
      await nextTurn();
      const most = this.dialect.sharesTransactions ? LIMITS.journalBatch : SERVER_BATCH;
      const batch = lane.queue.splice(0, most);
      if (batch.length === 0) break;
      await this.#together(batch);
    }
    this.#lanes.delete(name);
  }

  async #together(batch: readonly QueuedWrite[]): Promise<void> {
    if (batch.length === 1) return this.#oneByOne(batch);
    for (let attempt = 1; ; attempt++) {
      let phase: Phase = 'work';
      const answers: (() => void)[] = [];
      try {
        await this.#kysely.transaction().execute(async (db) => {
          for (const write of batch) answers.push(await this.#behindSavepoint(db, write));
          phase = 'commit';
        });
      } catch (error) {
        if (error instanceof TransactionLost) return this.#oneByOne(batch);
        if (this.#isConflict(error)) {
          if (attempt < CONFLICT_TRIES) continue;
          return this.#oneByOne(batch);
        }
        const failure = this.#translate(error, phase);
        for (const write of batch) write.reject(failure);
        return;
      }
      for (const answer of answers) answer();
      return;
    }
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
      // The database has given up the whole transaction, whatever it says to the savepoint.
      if (this.#isConflict(error)) throw error;
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
        if (!this.#isConflict(error) || attempt === CONFLICT_TRIES)
          throw this.#translate(error, phase);
      }
    }
  }

  #isConflict(error: unknown): boolean {
    return this.dialect.classify(error)?.kind === 'conflict';
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
      case 'value-refused':
        return new InvariantError(`a value does not fit its column: ${messageOf(error)}`);
      case 'there-already':
        return new InvariantError(`a part of the schema is there twice: ${messageOf(error)}`);
      case 'conflict':
        return new OperationalError(
          STORE_ERRORS.conflict,
          `gave way to other writers too often in ${place}`,
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
