/**
 * The field types that the resources of the API share. Where several values are allowed the schema
 * is an `enum`, so that a refusal names all of them once.
 */
import Type from 'typebox';
import { TUPLE_KEYWORD } from '../validation/check-body.ts';
import { DESCRIPTION_PATTERN, NAME_FORMAT } from '../validation/formats.ts';

const TRUE_WORDS = ['True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', 'Yes', 'yes'] as const;
const FALSE_WORDS = [
  'False',
  'FALSE',
  'false',
  '0',
  'OFF',
  'Off',
  'off',
  'NO',
  'No',
  'no',
] as const;

/** A boolean, or one of the words that Masakari takes for one. */
export type BooleanLike = boolean | (typeof TRUE_WORDS)[number] | (typeof FALSE_WORDS)[number];

export const nameField = Type.Unsafe<string>({
  type: 'string',
  minLength: 1,
  maxLength: 255,
  format: NAME_FORMAT,
});
export const descriptionField = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  pattern: DESCRIPTION_PATTERN,
});
export const requiredDescriptionField = Type.Unsafe<string>({
  type: 'string',
  pattern: DESCRIPTION_PATTERN,
});
export const hostTypeField = Type.Unsafe<string>({
  type: 'string',
  minLength: 0,
  maxLength: 255,
  pattern: '^[a-zA-Z0-9]*$',
});
export const hostNameField = Type.Unsafe<string>({
  type: 'string',
  minLength: 1,
  maxLength: 255,
  pattern: '^[a-zA-Z0-9-._]*$',
});
export const dateTimeField = Type.Unsafe<string>({ type: 'string', format: 'date-time' });
export const booleanField = Type.Unsafe<BooleanLike>({
  type: ['boolean', 'string'],
  enum: [true, ...TRUE_WORDS, false, ...FALSE_WORDS],
});

/** A string out of a list that Masakari's messages show in brackets. */
export const oneOf = <Value extends string>(values: readonly Value[]) =>
  Type.Unsafe<Value>({ type: 'string', enum: [...values] });
/** A string out of a list that Masakari's messages show in parentheses. */
export const oneOfTuple = <Value extends string>(values: readonly Value[]) =>
  Type.Unsafe<Value>({ type: 'string', enum: [...values], [TUPLE_KEYWORD]: true });

/** The boolean that a checked `BooleanLike` stands for. */
export const booleanOf = (value: BooleanLike): boolean =>
  value === true || TRUE_WORDS.some((word) => word === value);

/** Fields of answers. */
export const nullableText = Type.Unsafe<string | null>({ type: ['string', 'null'] });
export const neverDeleted = {
  deleted: Type.Boolean(),
  deleted_at: nullableText,
} as const;
/** Answers hold live rows only. */
export const NEVER_DELETED = { deleted: false, deleted_at: null } as const;
