/** Answers become typed values here, once. What does not fit is named: its place and content. */
import { OperationalError, type Retry } from '@medevac/kernel';
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { cloudErrors } from '../errors.ts';
import type { CloudAnswer } from './transport.ts';

/** A compiled schema with the type that it proves. */
export interface Shape<T> {
  check(value: unknown): value is T;
  /** The first place that does not fit, and what stands there. */
  fault(value: unknown): string;
}

export function shapeOf<S extends TSchema>(schema: S): Shape<Static<S>> {
  const validator: Validator = Compile(schema);
  return {
    check: (value): value is Static<S> => validator.Check(value),
    fault: (value) => {
      const error = validator.Errors(value)[0];
      const path = error?.instancePath ?? '';
      const found = excerpt(lookUp(value, path));
      const why = error?.message ?? 'it does not fit';
      return `at ${path === '' ? '/' : path} ${why}, found ${found}`;
    },
  };
}

/** The value as its type. `what` names service and call; a changing call has an unknown outcome. */
export function parseShape<T>(shape: Shape<T>, value: unknown, what: ParseLabel): T {
  if (shape.check(value)) return value;
  const request = what.requestId === undefined ? '' : ` (request ${what.requestId})`;
  const retry: Retry = what.changing === true ? 'unknown-outcome' : 'never';
  throw new OperationalError(
    cloudErrors.answerUnreadable,
    `${what.call} answered something else than expected: ${shape.fault(value)}${request}`,
    { retry, fields: { call: what.call, requestId: what.requestId ?? null } },
  );
}

export interface ParseLabel {
  readonly call: string;
  readonly requestId?: string | undefined;
  readonly changing?: boolean;
}

export const parseAnswer = <T>(shape: Shape<T>, answer: CloudAnswer, call: string): T =>
  parseShape(shape, answer.body, { call, requestId: answer.requestId });

function lookUp(value: unknown, path: string): unknown {
  let found = value;
  for (const key of path.split('/').slice(1)) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Reflect.get(found, key.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return found;
}

function excerpt(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
