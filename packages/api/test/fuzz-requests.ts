/**
 * Requests drawn from the table of operations: mostly valid ones, each part of which may be broken:
 * method, path, identifiers, query, headers, microversion, content type and body.
 */
import fc from 'fast-check';
import { MEDEVAC_OPERATIONS, OPERATIONS, type Operation } from '../src/index.ts';
import { ADMIN_TOKEN, MEMBER_TOKEN, PROJECT } from './api-fixture.ts';

export interface FuzzRequest {
  /** The id of the operation that it is about. */
  readonly operation: string;
  readonly method: string;
  /** With `{name}` where an identifier of the present state belongs. */
  readonly path: string;
  /** Which of the present identifiers, or what stands there instead. */
  readonly identifiers: readonly (number | string)[];
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `undefined`: none. */
  readonly body: string | undefined;
}

interface AnySchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, AnySchema>>;
  readonly patternProperties?: Readonly<Record<string, AnySchema>>;
}

const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['2026-11-20T20:58:12.5', '2026-11-20', '9999-12-31T23:59:59-23:59', '0001-01-01'],
  name: ['compute-02', 'compute-03', 'compute-04', 'compute-99', 'Rack é'],
};
const OTHER_TEXTS = ['compute-01', 'COMPUTE', 'SSH'];
const INSTANCE = '6f14551e-8006-4e5a-9158-490c141b2b78';
const PAYLOADS = [
  { event: 'STOPPED', host_status: 'NORMAL' },
  { event: 'STOPPED', process_name: 'nova-compute' },
  { event: 'x', instance_uuid: INSTANCE, vir_domain_event: 'y' },
];
const LARGE = JSON.stringify({ segment: { name: 'x', description: 'x'.repeat(120_000) } });

const mostly = <Value>(
  usual: fc.Arbitrary<Value>,
  strange: fc.Arbitrary<Value>,
  weight = 12,
): fc.Arbitrary<Value> => fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: strange });

/** Mostly what the schema allows, sometimes anything that JSON can say. */
const valueFor = (schema: AnySchema): fc.Arbitrary<unknown> =>
  mostly(allowedBy(schema), fc.jsonValue({ maxDepth: 2 }), 20);

function allowedBy(schema: AnySchema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.properties !== undefined) return objectWith(schema.properties);
  if (schema.patternProperties !== undefined) {
    const free = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer()), { maxKeys: 3 });
    return mostly<unknown>(fc.constantFrom(...PAYLOADS), free, 4);
  }
  const known = TEXTS[schema.format ?? ''] ?? OTHER_TEXTS;
  return mostly(fc.constantFrom(...known), fc.string({ unit: 'binary', maxLength: 20 }), 20);
}

function objectWith(properties: Readonly<Record<string, AnySchema>>): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, inner]) => [name, valueFor(inner)]),
  );
  const proper = fc.record(fields);
  const partly = fc.record(fields, { requiredKeys: [] });
  const strange = fc
    .tuple(partly, fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }))
    .map(([some, more]) => ({ ...some, ...more }));
  return fc.oneof(
    { weight: 8, arbitrary: proper },
    { weight: 2, arbitrary: partly },
    { weight: 1, arbitrary: strange },
  );
}

const bodyFor = ({ requests }: Operation): fc.Arbitrary<string | undefined> => {
  const schema: AnySchema | undefined = requests.at(-1)?.schema;
  const text = schema === undefined ? fc.constant('') : valueFor(schema).map(asText);
  const broken = fc.oneof(fc.constantFrom('', '{', 'null', '[]', '"x"', LARGE), fc.string());
  return schema === undefined
    ? mostly<string | undefined>(fc.constant(undefined), broken, 20)
    : mostly<string | undefined>(text, broken, 20);
};

const asText = (value: unknown): string => JSON.stringify(value) ?? '';

const words = (...usual: readonly string[]): fc.Arbitrary<string> =>
  mostly(fc.constantFrom(...usual), fc.string({ maxLength: 12 }), 8);

/** Parameters that the operation knows with values that it may or may not know. */
function queryFor({ list }: Operation): fc.Arbitrary<string> {
  if (list === undefined) return mostly(fc.constant(''), fc.constant('?x=1&x=2&=&&'), 20);
  const columns = Object.keys(list.sortColumns ?? { created_at: '' });
  const parameter = fc.oneof(
    fc.tuple(fc.constantFrom('x', ...list.filters), words('auto', 'true', 'new', '2026-11-20')),
    fc.tuple(fc.constant('limit'), words('0', '1', '7', '100000', '-1', 'x', '1e3')),
    fc.tuple(fc.constant('marker'), words('', '1', '2', INSTANCE, '99999999999999999999')),
    fc.tuple(fc.constant('sort_key'), words(...columns, 'colour', '__proto__')),
    fc.tuple(fc.constant('sort_dir'), words('asc', 'desc', 'up')),
    fc.tuple(fc.string({ maxLength: 6 }), fc.string({ maxLength: 6 })),
  );
  return fc
    .array(parameter, { maxLength: 4 })
    .map((pairs) =>
      pairs.length === 0 ? '' : `?${new URLSearchParams(pairs.map(pair)).toString()}`,
    );
}

const pair = ([name, value]: readonly [string, string]): [string, string] => [name, value];

const PRINTABLE = fc.stringMatching(/^[!-~]([ -~]{0,18}[!-~])?$/);
const versions = mostly(
  fc.constantFrom('instance-ha 1.0', 'instance-ha 1.1', 'instance-ha 1.2', 'instance-ha 1.3'),
  fc.oneof(
    fc.constantFrom('instance-ha latest', 'instance-ha 1.4', 'instance-ha 0.9', 'compute 2.1'),
    PRINTABLE,
    PRINTABLE.map((text) => `instance-ha ${text}`),
  ),
);
const types = mostly(
  fc.constantFrom('application/json', 'text/plain', 'application/vnd.openstack.masakari+json'),
  fc.oneof(fc.constantFrom('application/xml', 'multipart/form-data', ';', '/'), PRINTABLE),
);
const tokens = mostly(fc.constant(ADMIN_TOKEN), fc.constantFrom(MEMBER_TOKEN, 'bad', ''), 20);

const headersFor = (body: string | undefined): fc.Arbitrary<Record<string, string>> =>
  fc
    .record({
      'openstack-api-version': versions,
      'x-auth-token': tokens,
      accept: mostly(fc.constant('*/*'), PRINTABLE),
      ...(body === undefined ? {} : { 'content-type': types }),
    })
    .map((headers) => headers as unknown as Record<string, string>);

const pathFor = (operation: Operation): fc.Arbitrary<string> => {
  const isOwn = MEDEVAC_OPERATIONS.includes(operation);
  const prefixes = isOwn ? ['/medevac/v1'] : ['/v1', `/v1/${PROJECT}`, '/v1/abc'];
  const strange = fc.constantFrom('', '/v2', '/v1/versions', '/v1/%zz', '/v1//x', '/%00');
  return fc
    .tuple(mostly(fc.constantFrom(...prefixes), strange, 25), words('', '.json', '/', '/x'))
    .map(([prefix, end]) => `${prefix}${operation.path}${/^[./\w]*$/.test(end) ? end : ''}`);
};

const methodFor = ({ method }: Operation): fc.Arbitrary<string> =>
  mostly<string>(fc.constant(method), fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'), 15);

const identifier = mostly<number | string>(
  fc.nat({ max: 20 }),
  fc.oneof(
    fc.constantFrom(INSTANCE, 'x', '../..', '0', 'x'.repeat(300)),
    fc.string({ unit: 'grapheme', minLength: 1 }),
  ),
);

const requestOf = (operation: Operation): fc.Arbitrary<FuzzRequest> =>
  bodyFor(operation).chain((body) =>
    fc.record({
      operation: fc.constant(operation.id),
      method: methodFor(operation),
      path: pathFor(operation),
      identifiers: fc.tuple(identifier, identifier),
      query: queryFor(operation),
      headers: headersFor(body),
      body: fc.constant(body),
    }),
  );

/** Any request to any operation; those that take a body come more often. */
export const anyRequest: fc.Arbitrary<FuzzRequest> = fc.oneof(
  ...[...OPERATIONS, ...MEDEVAC_OPERATIONS].map((operation) => ({
    weight: operation.requests.length > 0 ? 3 : 1,
    arbitrary: requestOf(operation),
  })),
);
