/** The description of the API against the API: every path of it is served, every route is in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import {
  MEDEVAC_OPERATIONS,
  MICROVERSIONS,
  masakariDocument,
  medevacDocument,
  OPERATIONS,
  type OpenApiDocument,
} from '../src/index.ts';
import { FORMATS } from '../src/validation/formats.ts';
import { ANSWERS, BODIES } from '../src/wire-types.ts';
import { addHost, addSegment, openApi, report } from './api-fixture.ts';

const DOCUMENTS: readonly (readonly [name: string, document: OpenApiDocument])[] = [
  ...MICROVERSIONS.map((version) => [version, masakariDocument(version)] as const),
  ['medevac', medevacDocument()],
];

const operationsOf = (document: OpenApiDocument) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

test('every operation of the tables is described under its own id', () => {
  const idsOf = (document: OpenApiDocument) =>
    operationsOf(document)
      .map(({ operation }) => operation.operationId)
      .toSorted();
  const ids = OPERATIONS.map(({ id }) => id).toSorted();
  for (const version of MICROVERSIONS) assert.deepEqual(idsOf(masakariDocument(version)), ids);
  assert.deepEqual(idsOf(medevacDocument()), MEDEVAC_OPERATIONS.map(({ id }) => id).toSorted());
});

for (const [name, document] of DOCUMENTS) {
  test(`every path described for ${name} is routed, and asks for a token`, async () => {
    const api = openApi();
    const [server] = document.servers;
    for (const { path, method } of operationsOf(document)) {
      const places = path.replace('{alias}', 'segments').replaceAll(/\{\w+\}/g, 'x');
      const url = `${server!.url}${places}`;
      const asked = { method: method.toUpperCase() as 'GET', url };
      assert.equal((await api.ask({ ...asked, token: null })).status, 401, url);
      const text = (await api.ask({ ...asked, body: method === 'get' ? undefined : {} })).text;
      assert.doesNotMatch(text, /<br \/>|"The resource could not be found\."/, url);
    }
  });

  test(`every schema described for ${name} is a valid one`, () => {
    const ajv = new Ajv({ strict: false, formats: FORMATS });
    for (const { operation } of operationsOf(document)) {
      for (const schema of schemasIn(operation)) assert.ok(ajv.compile(schema));
    }
  });
}

function schemasIn(value: unknown): readonly object[] {
  if (value === null || typeof value !== 'object') return [];
  const own = 'schema' in value && !('$ref' in (value.schema as object)) ? [value.schema] : [];
  return [...(own as object[]), ...Object.values(value).flatMap(schemasIn)];
}

test('enabled is described from 1.2 on, as it is accepted', () => {
  for (const version of MICROVERSIONS) {
    const created = masakariDocument(version).paths['/segments']?.['post'];
    const isKnown = JSON.stringify(created?.requestBody).includes('"enabled"');
    assert.equal(isKnown, version >= '1.2', version);
  }
});

test('what is answered is what is described', async () => {
  const api = openApi();
  const segment = await addSegment(api);
  await addHost(api, segment.uuid);
  const { notification } = (await report(api)).body;
  const { paths } = masakariDocument('1.3');
  const ajv = new Ajv({ strict: false, formats: FORMATS });
  for (const [path, url] of [
    ['/segments', '/segments'],
    ['/segments/{uuid}', `/segments/${segment.uuid}`],
    ['/segments/{segment_uuid}/hosts', `/segments/${segment.uuid}/hosts`],
    ['/notifications', '/notifications'],
    ['/notifications/{uuid}', `/notifications/${notification.notification_uuid}`],
    ['/extensions', '/extensions'],
  ] as const) {
    const answer = await api.ask({ url: `/v1${url}`, version: '1.3' });
    const [schema] = schemasIn(paths[path]?.['get']?.responses['200']);
    assert.ok(schema !== undefined, path);
    assert.ok(ajv.validate(schema, JSON.parse(answer.text)), `${path}: ${ajv.errorsText()}`);
  }
});

test('the types for callers are those of the operations', () => {
  const all = [...OPERATIONS, ...MEDEVAC_OPERATIONS];
  for (const { answer, id, requests } of all.filter(({ id }) => !id.startsWith('extensions'))) {
    assert.equal((ANSWERS as Readonly<Record<string, unknown>>)[id], answer, id);
    const newest = requests.at(-1)?.schema;
    assert.equal((BODIES as Readonly<Record<string, unknown>>)[id], newest, id);
  }
});
