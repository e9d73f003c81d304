/**
 * What one kind of database is able to do and how it says what went wrong. Everything else of this
 * room speaks the common subset of SQLite, MariaDB and PostgreSQL; a further database is one more
 * file beside this one. No other file asks for the name of a database.
 */
import type { ErrorKind } from '@medevac/kernel';
import type { Dialect as KyselyDialect, RawBuilder } from 'kysely';

/**
 * How an error of the driver is to be taken.
 * `duplicate-key`: a unique key refused the row. `conflict`: the database gave the transaction up
 * in favour of another (MariaDB 1213 and 1205, PostgreSQL 40001 and 40P01): read again and decide
 * again. `value-refused`: a value does not fit its column. `there-already`: a table, column or
 * index that was to be made. `failure`: the world; the message names what and where.
 */
export type SqlTrouble =
  | { readonly kind: 'duplicate-key' }
  | { readonly kind: 'missing-reference' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'value-refused' }
  | { readonly kind: 'there-already' }
  | { readonly kind: 'failure'; readonly error: ErrorKind; readonly message: string };

/**
 * How columns are spelled. Text compares by its bytes: a binary collation where there are others.
 */
export interface ColumnTypes {
  /** A 64-bit number given by the database, growing with every row and never used twice. */
  readonly identity: RawBuilder<unknown>;
  /** 64 bits: counters, flags (0 and 1), milliseconds. */
  readonly integer: RawBuilder<unknown>;
  readonly fraction: RawBuilder<unknown>;
  /** Text of at most `length` characters that may stand in a key. */
  readonly key: (length: number) => RawBuilder<unknown>;
  /** Text of any length: JSON and sentences. */
  readonly text: RawBuilder<unknown>;
}

export interface SqlDialect {
  /** For messages: the kind of database and where it is, without credentials. */
  readonly location: string;
  readonly kysely: KyselyDialect;
  /**
   * One connection and an expensive commit: writes of one turn of the event loop share a
   * transaction. Otherwise each write has its own, on a connection of the pool.
   */
  readonly sharesTransactions: boolean;
  /** Absent values come first in ascending order without being told. */
  readonly nullsFirst: boolean;
  /** A change of the schema is undone with its transaction; otherwise it stands at once. */
  readonly transactionalDdl: boolean;
  readonly columns: ColumnTypes;
  /** `undefined`: not an error of the database but one of our own. */
  classify(error: unknown): SqlTrouble | undefined;
}
