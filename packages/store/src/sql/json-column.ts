/**
 * JSON in a nullable text column: JSON's null is the database's null, the same on every database.
 */
import type { Json } from '@medevac/kernel';

export const jsonToText = (value: Json): string | null =>
  value === null ? null : JSON.stringify(value);

/** The text was written by `jsonToText`, so its form needs no second check. */
export const jsonFromText = (text: string | null): Json =>
  text === null ? null : (JSON.parse(text) as Json);
