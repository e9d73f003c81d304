/** How bodies are read, and how a schema's refusal is worded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '@medevac/kernel';
import { addHost, addSegment, openApi, report, SEGMENT } from './api-fixture.ts';

const post = (body: unknown, headers = {}) =>
  openApi().ask({ method: 'POST', url: '/v1/segments', body, headers });
const withField = (field: object) => post({ segment: { ...SEGMENT, ...field } });

const JSON_TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'text/plain',
  'application/vnd.openstack.masakari+json',
];
for (const type of JSON_TYPES) {
  test(`a body of type ${type} is read as JSON`, async () => {
    assert.equal((await post({ segment: SEGMENT }, { 'content-type': type })).status, 201);
  });
}

for (const type of ['application/xml', 'application/x-www-form-urlencoded', 'nonsense']) {
  test(`a body of type ${type} is refused`, async () => {
    const answer = await post({ segment: SEGMENT }, { 'content-type': type });
    assert.equal(answer.status, 415);
    const message = 'Unsupported Content-Type';
    assert.deepEqual(answer.body, { badMediaType: { code: 415, message } });
  });
}

test('a body without a type is read as JSON', async () => {
  const answer = await openApi().app.inject({
    method: 'POST',
    url: '/v1/segments',
    headers: { 'x-auth-token': 'admin-token' },
    payload: Buffer.from(JSON.stringify({ segment: SEGMENT })),
  });
  assert.equal(answer.statusCode, 201);
});

test('the answer has the vendor type only when the caller prefers it', async () => {
  const vendor = 'application/vnd.openstack.masakari+json';
  const api = openApi();
  const typeFor = async (accept: string) =>
    String((await api.ask({ url: '/v1/segments', headers: { accept } })).headers['content-type']);
  assert.ok((await typeFor(vendor)).startsWith(vendor));
  assert.ok((await typeFor(`application/json;q=0.1, ${vendor};q=0.9`)).startsWith(vendor));
  assert.ok((await typeFor('*/*')).startsWith('application/json'));
  assert.ok((await typeFor(`application/json, ${vendor}`)).startsWith('application/json'));
});

test('a body beyond the limit is refused, one at the limit is read', async () => {
  const padding = (length: number): string => {
    const text = JSON.stringify({ segment: { ...SEGMENT, description: '' } });
    return text.replace('""', `"${'x'.repeat(length - text.length)}"`);
  };
  assert.equal((await post(padding(LIMITS.apiBodyBytes))).status, 201);
  const answer = await post(padding(LIMITS.apiBodyBytes + 1));
  assert.equal(answer.status, 413);
  assert.ok('overLimit' in answer.body);
});

test('what is no JSON or no UTF-8 is a malformed body', async () => {
  const bytes = Buffer.concat([
    Buffer.from('{"segment": "'),
    Buffer.from([0xff, 0xfe, 0x22, 0x7d]),
  ]);
  const answer = await openApi().app.inject({
    method: 'POST',
    url: '/v1/segments',
    headers: { 'x-auth-token': 'admin-token', 'content-type': 'application/json' },
    payload: bytes,
  });
  assert.equal(answer.statusCode, 400);
  assert.match(answer.body, /"message":"Malformed request body"/);
  for (const text of ['{"segment":', 'x', ' ']) {
    assert.equal((await post(text)).message, 'Malformed request body', text);
  }
});

test('a body nested beyond all measure is refused like any other', async () => {
  const answer = await post(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
  assert.equal(answer.status, 400);
  assert.match(answer.message, /is not of type 'object'$/);
});

const WORDINGS: readonly (readonly [field: object, message: string])[] = [
  [{ name: 5 }, "Invalid input for field/attribute name. Value: 5. 5 is not of type 'string'"],
  [{ name: '' }, "Invalid input for field/attribute name. Value: . '' is too short"],
  [
    { description: false },
    'Invalid input for field/attribute description. Value: False. ' +
      "False is not of type 'string', 'null'",
  ],
  [
    { service_type: "it's", recovery_method: null },
    "Invalid input for field/attribute recovery_method. Value: None. None is not of type 'string'",
  ],
  [
    { enabled: 1 },
    "Invalid input for field/attribute enabled. Value: 1. 1 is not of type 'boolean', 'string'",
  ],
];
for (const [field, message] of WORDINGS) {
  test(`the refusal of ${JSON.stringify(field)} is worded as Masakari's`, async () => {
    const answer = await withField(field);
    assert.equal(answer.status, 400);
    assert.equal(answer.message, message);
  });
}

test('several unknown properties are named together, after faults of known ones', async () => {
  assert.match(
    (await withField({ one: 1, two: 2 })).message,
    /Additional properties are not allowed \('one', 'two' were unexpected\)$/,
  );
  assert.match((await withField({ one: 1, name: '' })).message, /'' is too short$/);
});

const BAD_NAMES = ['\u00a0x', 'x ', 'a\u0000b', 'a\nb', 'x\u{1f600}', 'a\u2028b', '\uffff'];
for (const name of BAD_NAMES) {
  test(`the name ${JSON.stringify(name)} is refused`, async () => {
    const answer = await withField({ name });
    assert.equal(answer.status, 400);
    assert.equal(
      answer.message,
      "An invalid 'name' value was provided. The name must be: " +
        'printable characters. Can not start or end with whitespace.',
    );
  });
}

test('names and descriptions may hold what is printable', async () => {
  const name = 'Schrank 1 · réseau – 機架';
  const answer = await withField({ name, description: 'two\nlines' });
  assert.equal(answer.status, 201);
  assert.equal(answer.body.segment.name, name);
  assert.equal((await withField({ description: 'a\u0000b' })).status, 400);
});

test('in a segment unexpected properties are told before missing ones', async () => {
  assert.match(
    (await post({ segment: { colour: 'red' } })).message,
    /\('colour' was unexpected\)$/,
  );
  assert.equal((await post({ colour: 'red' })).message, "'segment' is a required property");
});

test('keys and values of a payload are checked before its type is looked at', async () => {
  const api = openApi();
  await addHost(api, (await addSegment(api)).uuid);
  assert.match(
    (await report(api, { payload: { 'bad/key': 'x' } })).message,
    /^Invalid input for field\/attribute payload\. Value: .* 'bad\/key' does not match any of the/,
  );
  assert.match(
    (await report(api, { payload: { event: 1 } })).message,
    /1 is not of type 'string'$/,
  );
  assert.equal((await report(api, { payload: { ['__proto__']: 'x' } })).status, 400);
});
