/**
 * The machine-readable description of the API, made from the table of operations: one OpenAPI 3.1
 * document for each microversion, and one for Medevac's own API. Nothing is described beside the
 * table, so that a client made from a document meets what the routes and the validation do.
 */
import type { TSchema } from 'typebox';
import { isWithin, MICROVERSIONS, type Microversion } from '../microversion.ts';
import type { Operation } from '../operations/operation.ts';
import { MEDEVAC_OPERATIONS, OPERATIONS } from '../operations/table.ts';

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
  readonly [part: string]: unknown;
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly parameters: readonly OpenApiParameter[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
  readonly [part: string]: unknown;
}

interface OpenApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly [part: string]: unknown;
}

const JSON_TYPE = 'application/json';
const ERROR = { $ref: '#/components/schemas/Error' } as const;
const VERSION_HEADER = 'OpenStack-API-Version';

/** Masakari's API at one microversion. */
export const masakariDocument = (version: Microversion): OpenApiDocument =>
  documentOf(`Masakari v1, microversion ${version}`, '/v1', {
    version,
    operations: OPERATIONS.filter(({ first, last }) => isWithin(version, first, last)),
  });

/** Medevac's own API, which is the same at every microversion. */
export const medevacDocument = (): OpenApiDocument => {
  const version = MICROVERSIONS[MICROVERSIONS.length - 1] ?? MICROVERSIONS[0];
  return documentOf('Medevac v1', '/medevac/v1', { version, operations: MEDEVAC_OPERATIONS });
};

interface Described {
  readonly version: Microversion;
  readonly operations: readonly Operation[];
}

function documentOf(
  title: string,
  prefix: string,
  { version, operations }: Described,
): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const operation of operations) {
    const methods = (paths[operation.path] ??= {});
    methods[operation.method.toLowerCase()] = describe(operation, version);
  }
  return {
    openapi: '3.1.1',
    info: { title, version },
    servers: [{ url: prefix }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token' },
      },
      schemas: { Error: ERROR_SCHEMA },
    },
  };
}

function describe(operation: Operation, version: Microversion): OpenApiOperation {
  const { answer, id, method, path, requests, rule, successStatus } = operation;
  const body = requests.find(({ first, last }) => isWithin(version, first, last));
  const success =
    answer === undefined
      ? { description: 'done' }
      : { description: 'done', content: { [JSON_TYPE]: { schema: plain(answer) } } };
  const needsBody = method === 'POST' || method === 'PUT';
  return {
    operationId: id,
    'x-policy-rule': rule,
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => pathParameter(name)),
      ...listParameters(operation),
      {
        name: VERSION_HEADER,
        in: 'header',
        schema: { type: 'string', examples: [`instance-ha ${version}`] },
      },
    ],
    ...(needsBody && body !== undefined
      ? { requestBody: { content: { [JSON_TYPE]: { schema: plain(body.schema) } } } }
      : {}),
    responses: {
      [successStatus]: success,
      default: { description: 'refused', content: { [JSON_TYPE]: { schema: ERROR } } },
    },
  };
}

const pathParameter = (name: string): OpenApiParameter => ({
  name,
  in: 'path',
  required: true,
  schema: { type: 'string' },
});

function listParameters({ list }: Operation): readonly OpenApiParameter[] {
  if (list === undefined) return [];
  const text = (name: string): OpenApiParameter => ({
    name,
    in: 'query',
    schema: { type: 'string' },
  });
  const repeatable = (name: string, values: readonly string[]): OpenApiParameter => ({
    name,
    in: 'query',
    explode: true,
    schema: { type: 'array', items: { type: 'string', enum: [...values] } },
  });
  const order =
    list.sortColumns === undefined
      ? []
      : [
          repeatable('sort_key', Object.keys(list.sortColumns)),
          repeatable('sort_dir', ['asc', 'desc']),
        ];
  const limit: OpenApiParameter = {
    name: 'limit',
    in: 'query',
    schema: { type: 'integer', minimum: 0 },
  };
  return [...list.filters.map(text), limit, text('marker'), ...order];
}

/** Without what the schema library adds for itself. */
const plain = (schema: TSchema): unknown => JSON.parse(JSON.stringify(schema)) as unknown;

/** One member whose name tells the kind of refusal; a refused token is told in the same way. */
const ERROR_SCHEMA = {
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: {
    type: 'object',
    required: ['code', 'message'],
    properties: {
      code: { type: 'integer' },
      title: { type: 'string' },
      message: { type: 'string' },
    },
  },
} as const;
