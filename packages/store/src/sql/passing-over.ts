/**
 * A dialect whose statements pass over some errors: for a migration that is done again, to which a
 * table that is there already is no trouble.
 */
import type {
  CompiledQuery,
  DatabaseConnection,
  Dialect,
  Driver,
  QueryResult,
  TransactionSettings,
} from 'kysely';

export function passingOver(dialect: Dialect, isPassedOver: (error: unknown) => boolean): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createDriver: () => new PassingOverDriver(dialect.createDriver(), isPassedOver),
  };
}

class PassingOverConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection;
  readonly #isPassedOver: (error: unknown) => boolean;

  constructor(inner: DatabaseConnection, isPassedOver: (error: unknown) => boolean) {
    this.inner = inner;
    this.#isPassedOver = isPassedOver;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    try {
      return await this.inner.executeQuery<Row>(query);
    } catch (error) {
      if (this.#isPassedOver(error)) return { rows: [] };
      throw error;
    }
  }

  streamQuery<Row>(query: CompiledQuery, size: number): AsyncIterableIterator<QueryResult<Row>> {
    return this.inner.streamQuery<Row>(query, size);
  }
}

class PassingOverDriver implements Driver {
  readonly #inner: Driver;
  readonly #isPassedOver: (error: unknown) => boolean;

  constructor(inner: Driver, isPassedOver: (error: unknown) => boolean) {
    this.#inner = inner;
    this.#isPassedOver = isPassedOver;
  }

  init(): Promise<void> {
    return this.#inner.init();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return new PassingOverConnection(await this.#inner.acquireConnection(), this.#isPassedOver);
  }

  beginTransaction(one: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    return this.#inner.beginTransaction(innerOf(one), settings);
  }

  commitTransaction(one: DatabaseConnection): Promise<void> {
    return this.#inner.commitTransaction(innerOf(one));
  }

  rollbackTransaction(one: DatabaseConnection): Promise<void> {
    return this.#inner.rollbackTransaction(innerOf(one));
  }

  releaseConnection(one: DatabaseConnection): Promise<void> {
    return this.#inner.releaseConnection(innerOf(one));
  }

  destroy(): Promise<void> {
    return this.#inner.destroy();
  }
}

const innerOf = (one: DatabaseConnection): DatabaseConnection =>
  one instanceof PassingOverConnection ? one.inner : one;
