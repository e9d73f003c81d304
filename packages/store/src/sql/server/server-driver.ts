/**
 * The same driver for every database server: statements go through the pool with a deadline, and a
 * connection whose state is in doubt is cut rather than given to the next caller. The server rolls
 * back what a cut connection had not committed.
 */
import { InvariantError } from '@medevac/kernel';
import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely';
import type { ConnectionPool } from './connection-pool.ts';
import type { ServerConnection } from './server-connection.ts';

/** Tells of an error that no statement on the same connection could do better. */
export type EndsConnection = (error: unknown) => boolean;

class PooledConnection implements DatabaseConnection {
  readonly raw: ServerConnection;
  readonly #pool: ConnectionPool;
  readonly #ends: EndsConnection;

  constructor(raw: ServerConnection, pool: ConnectionPool, ends: EndsConnection) {
    this.raw = raw;
    this.#pool = pool;
    this.#ends = ends;
  }

  async executeQuery<Row>(query: {
    readonly sql: string;
    readonly parameters: readonly unknown[];
  }): Promise<QueryResult<Row>> {
    try {
      const result = await this.#pool.query(this.raw, query.sql, query.parameters);
      return result as QueryResult<Row>;
    } catch (error) {
      if (this.#ends(error)) this.raw.cut();
      throw error;
    }
  }

  /** Every list of the stores is bounded. */
  streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new InvariantError('the stores do not stream');
  }
}

export class ServerDriver implements Driver {
  readonly #pool: ConnectionPool;
  readonly #ends: EndsConnection;

  constructor(pool: ConnectionPool, ends: EndsConnection) {
    this.#pool = pool;
    this.#ends = ends;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new PooledConnection(await this.#pool.acquire(), this.#pool, this.#ends);
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#run(connection, 'begin');
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#run(connection, 'commit');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (!rawOf(connection).isOpen()) return;
    try {
      await this.#run(connection, 'rollback');
    } catch {
      rawOf(connection).cut();
    }
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    this.#pool.release(rawOf(connection));
  }

  async destroy(): Promise<void> {
    await this.#pool.close();
  }

  async #run(connection: DatabaseConnection, text: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(text));
  }
}

function rawOf(connection: DatabaseConnection): ServerConnection {
  if (connection instanceof PooledConnection) return connection.raw;
  throw new InvariantError('a connection of another driver');
}
