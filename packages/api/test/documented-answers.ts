/**
 * Holds every answer of a test's API against the schema that the API's own description gives: no
 * field too few, of another type, or that the description does not name.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import type { FastifyInstance } from 'fastify';
import { REQUIRED_LAST_KEYWORD, TUPLE_KEYWORD } from '../src/validation/check-body.ts';
import { FORMATS } from '../src/validation/formats.ts';

const ajv = new Ajv({
  strict: true,
  allowUnionTypes: true,
  strictTypes: false,
  strictRequired: false,
  formats: FORMATS,
  keywords: [TUPLE_KEYWORD, REQUIRED_LAST_KEYWORD],
});
const compiled = new Map<object, ValidateFunction>();

/** An answer that is not as described becomes an error 500, whose message names the fault. */
export function requireDocumentedAnswers(app: FastifyInstance): void {
  app.addHook('preSerialization', async (request, reply, payload) => {
    const { operation } = request.routeOptions.config;
    if (operation === undefined || reply.statusCode !== operation.successStatus) return payload;
    const { answer } = operation;
    if (answer === undefined) return payload;
    const validate = compiled.get(answer) ?? ajv.compile(closed(answer) as object);
    compiled.set(answer, validate);
    // As it stands on the wire: a field that is `undefined` is not there.
    if (validate(JSON.parse(JSON.stringify(payload)))) return payload;
    throw new Error(`${operation.id} answers otherwise: ${ajv.errorsText(validate.errors)}`);
  });
}

/** The same schema in which no object may have fields that are not named. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  );
  const isOpen = 'properties' in inner && !('additionalProperties' in inner);
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}
