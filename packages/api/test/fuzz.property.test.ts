/**
 * Random bodies for every operation that takes one, derived from the table of operations: valid
 * ones with some fields replaced or added. Whatever is sent, the API answers and never with a 500.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OPERATIONS, type RequestSchema } from '../src/index.ts';
import { addHost, addSegment, openApi } from './api-fixture.ts';

const RUNS = 1_000;

interface AnySchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, AnySchema>>;
  readonly patternProperties?: Readonly<Record<string, AnySchema>>;
}

const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['2026-11-20T20:58:12.5', '2026-11-20', '9999-12-31T23:59:59-23:59', '0001-01-01'],
  name: ['compute-02', 'compute-03', 'compute-04', 'compute-99'],
};
const OTHER_TEXTS = ['compute-01', 'COMPUTE', 'SSH'];
const PAYLOADS = [
  { event: 'STOPPED', host_status: 'NORMAL' },
  { event: 'STOPPED', process_name: 'nova-compute' },
  { event: 'x', instance_uuid: '6f14551e-8006-4e5a-9158-490c141b2b78', vir_domain_event: 'y' },
];

/** Mostly what the schema allows, sometimes anything that JSON can say. */
function bodyFor(schema: AnySchema): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 12, arbitrary: allowedBy(schema) },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
}

function allowedBy(schema: AnySchema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.properties !== undefined) return objectWith(schema.properties);
  if (schema.patternProperties !== undefined) {
    const free = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer()));
    return fc.oneof(fc.constantFrom(...PAYLOADS), free);
  }
  const known = TEXTS[schema.format ?? ''] ?? OTHER_TEXTS;
  return fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
}

function objectWith(properties: Readonly<Record<string, AnySchema>>): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, inner]) => [name, bodyFor(inner)]),
  );
  const proper = fc.record(fields);
  const partly = fc.record(fields, { requiredKeys: [] });
  const strange = fc.tuple(partly, fc.dictionary(fc.string(), fc.jsonValue()));
  return fc.oneof(
    { weight: 6, arbitrary: proper },
    { weight: 2, arbitrary: partly },
    { weight: 1, arbitrary: strange.map(([some, more]) => ({ ...some, ...more })) },
  );
}

const takingBodies = OPERATIONS.filter(({ requests }) => requests.length > 0);

test('the table has operations that take bodies', () => {
  assert.equal(takingBodies.length, 5);
});

for (const operation of takingBodies) {
  for (const request of operation.requests) {
    test(`${operation.id} from ${request.first} answers ${RUNS} random bodies`, async () => {
      const statuses = await fuzz(operation.id, request);
      assert.ok(statuses.has(400), `only ${[...statuses].join(', ')}`);
      const isSuccess = statuses.has(operation.successStatus);
      assert.ok(isSuccess, `no success among ${[...statuses].join(', ')}`);
    });
  }
}

async function fuzz(id: string, request: RequestSchema): Promise<ReadonlySet<number>> {
  const operation = OPERATIONS.find((candidate) => candidate.id === id)!;
  const api = openApi();
  const segment = await addSegment(api);
  const host = await addHost(api, segment.uuid);
  const ids: Readonly<Record<string, string>> = {
    '/segments/{uuid}': `/segments/${segment.uuid}`,
    '/segments/{segment_uuid}/hosts': `/segments/${segment.uuid}/hosts`,
    '/segments/{segment_uuid}/hosts/{uuid}': `/segments/${segment.uuid}/hosts/${host.uuid}`,
  };
  const url = `/v1${ids[operation.path] ?? operation.path}`;
  const statuses = new Set<number>();
  const property = fc.asyncProperty(bodyFor(request.schema as AnySchema), async (body) => {
    const { method } = operation;
    const answer = await api.ask({
      method,
      url,
      version: request.last,
      body: JSON.stringify(body),
    });
    statuses.add(answer.status);
    assert.ok(answer.status < 500, answer.text);
    assert.ok(answer.status >= 400 || answer.status === operation.successStatus);
  });
  await fc.assert(property, { numRuns: RUNS });
  return statuses;
}
