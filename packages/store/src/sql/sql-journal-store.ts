/**
 * The journal in SQL. A step keeps the number of its first write, which is its place in the order.
 */
import type { Json, RunId } from '@medevac/kernel';
import type {
  JournalStore,
  NewRun,
  RunOutcome,
  RunRecord,
  RunState,
  StepError,
  StepRecord,
  StepState,
  Tenure,
  WriteOutcome,
} from '@medevac/workflow';
import { type Selectable, sql } from 'kysely';
import { jsonFromText, jsonToText } from './json-column.ts';
import type { RunRowSql, StepRowSql } from './schema.ts';
import { DuplicateKeyError, type SqlDatabase } from './sql-database.ts';

export class SqlJournalStore implements JournalStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async createRun(run: NewRun): Promise<'created' | 'exists'> {
    const values = {
      id: run.id,
      workflow: run.workflow,
      version: run.version,
      input: JSON.stringify(run.input),
      state: 'running',
      created_at_ms: run.createdAtMs,
    };
    try {
      await this.#database.write((db) => db.insertInto('run').values(values).execute());
      return 'created';
    } catch (error) {
      if (error instanceof DuplicateKeyError) return 'exists';
      throw error;
    }
  }

  async readRun(id: RunId): Promise<RunRecord | undefined> {
    const row = await this.#database.read((db) =>
      db.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirst(),
    );
    return row && toRun(row);
  }

  async runningRuns(limit: number): Promise<readonly RunRecord[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom('run')
        .selectAll()
        .where('state', '=', 'running')
        .orderBy('created_at_ms')
        .orderBy('number')
        .limit(limit)
        .execute(),
    );
    return rows.map(toRun);
  }

  async readSteps(id: RunId): Promise<readonly StepRecord[]> {
    const rows = await this.#database.read((db) =>
      db.selectFrom('step').selectAll().where('run_id', '=', id).orderBy('number').execute(),
    );
    return rows.map(toStep);
  }

  writeStep(tenure: Tenure, step: StepRecord): Promise<WriteOutcome> {
    const values = {
      state: step.state,
      attempt: step.attempt,
      started_at_ms: step.startedAtMs,
      spent_ms: step.spentMs,
      next_attempt_at_ms: step.nextAttemptAtMs,
      result: jsonToText(step.result),
      error: step.error === null ? null : JSON.stringify(step.error),
    };
    return this.#database.fenced(tenure, async (db): Promise<WriteOutcome> => {
      const replaced = await db
        .updateTable('step')
        .set(values)
        .where('run_id', '=', step.runId)
        .where('path', '=', step.path)
        .executeTakeFirstOrThrow();
      if (replaced.numUpdatedRows === 0n)
        await db
          .insertInto('step')
          .values({ ...values, run_id: step.runId, path: step.path })
          .execute();
      return 'written';
    });
  }

  finishRun(tenure: Tenure, id: RunId, outcome: RunOutcome, atMs: number): Promise<WriteOutcome> {
    return this.#database.fenced(tenure, async (db, rollBack): Promise<WriteOutcome> => {
      const ended = await db
        .updateTable('run')
        .set({
          state: outcome.state,
          result: outcome.state === 'succeeded' ? jsonToText(outcome.result) : null,
          error: outcome.state === 'succeeded' ? null : outcome.error,
          finished_at_ms: atMs,
        })
        .where('id', '=', id)
        .where('state', '=', 'running')
        .executeTakeFirstOrThrow();
      return ended.numUpdatedRows === 0n ? rollBack('stale') : 'written';
    });
  }

  /** The first reason stays when several ask. */
  async requestCancel(id: RunId, reason: string): Promise<boolean> {
    const asked = await this.#database.write((db) =>
      db
        .updateTable('run')
        .set({ cancel_reason: sql<string>`coalesce(cancel_reason, ${reason})` })
        .where('id', '=', id)
        .where('state', '=', 'running')
        .executeTakeFirstOrThrow(),
    );
    return asked.numUpdatedRows === 1n;
  }
}

function toRun(row: Selectable<RunRowSql>): RunRecord {
  return {
    id: row.id as RunId,
    workflow: row.workflow,
    version: row.version,
    input: JSON.parse(row.input) as Json,
    createdAtMs: row.created_at_ms,
    state: row.state as RunState,
    cancelReason: row.cancel_reason,
    result: jsonFromText(row.result),
    error: row.error,
    finishedAtMs: row.finished_at_ms,
  };
}

function toStep(row: Selectable<StepRowSql>): StepRecord {
  return {
    runId: row.run_id as RunId,
    path: row.path,
    state: row.state as StepState,
    attempt: row.attempt,
    startedAtMs: row.started_at_ms,
    spentMs: row.spent_ms,
    nextAttemptAtMs: row.next_attempt_at_ms,
    result: jsonFromText(row.result),
    error: row.error === null ? null : (JSON.parse(row.error) as StepError),
  };
}
