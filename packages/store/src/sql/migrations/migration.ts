/**
 * One numbered change of the schema. Once released it is never edited; the next one corrects it.
 * On MariaDB a step that was cut off is done again from its first statement (`../migrate.ts`), so
 * whatever is no change of the schema in it must bear repetition.
 */
import type { Kysely } from 'kysely';
import type { ColumnTypes } from '../dialect/dialect.ts';
import type { Schema } from '../schema.ts';

export interface Migration {
  /** Consecutive from 1. */
  readonly version: number;
  readonly name: string;
  readonly up: (db: Kysely<Schema>, columns: ColumnTypes) => Promise<void>;
}
