/**
 * Every request recorded with a real Masakari 14, sent to this API over the same state: status, the
 * headers that clients read, fields and texts must be the same. `ignored.ts` says what is ignored,
 * `deviations.ts` what differs on purpose; a capture that is in no case fails.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN_TOKEN, MEMBER_PROJECT, MEMBER_TOKEN, openApi, PROJECT } from '../api-fixture.ts';
import { captureNames, readCapture } from './capture.ts';
import { DEVIATIONS, NOT_REPLAYED } from './deviations.ts';
import {
  ADDED_TO_NOTIFICATIONS,
  comparable,
  comparableHeaders,
  withoutGivenIds,
} from './ignored.ts';
import { CASES, type Prepare } from './recorded-states.ts';

const REPLACEMENTS = {
  $MEMBER_PROJECT: MEMBER_PROJECT,
  $MEMBER_TOKEN: MEMBER_TOKEN,
  $PROJECT: PROJECT,
  $TOKEN: ADMIN_TOKEN,
  // Identifiers differ: the recorded cloud has counted its segments from the start.
  'marker=24': 'marker=1',
};

const replayed = CASES.flatMap(([prepare, captures]) =>
  captures.map((name) => [name, prepare] as const),
);

test('every recorded exchange is replayed exactly once', () => {
  const names = replayed.map(([name]) => name);
  assert.deepEqual([...names, ...Object.keys(NOT_REPLAYED)].sort(), captureNames());
});

test('every deviation is one of a recorded exchange and has a reason', () => {
  for (const [name, { why }] of Object.entries(DEVIATIONS)) {
    assert.ok(captureNames().includes(name), name);
    assert.ok(why.length > 20, name);
  }
});

for (const [name, prepare] of replayed) {
  const deviation = DEVIATIONS[name];
  const how = deviation === undefined ? 'as Masakari does' : `its own way: ${deviation.why}`;
  test(`answers ${name} ${how}`, () => replay(name, prepare));
}

async function replay(name: string, prepare: Prepare): Promise<void> {
  const { request, answer } = readCapture(name, REPLACEMENTS);
  const readBody = (other: string): unknown => readCapture(other, REPLACEMENTS).answer.body;
  const deviation = DEVIATIONS[name];
  const expected = deviation === undefined ? answer : deviation.instead(answer, readBody);
  const api = openApi();
  await prepare(api);
  const given = await api.app.inject({
    method: request.method as 'GET',
    url: request.url,
    headers: { ...request.headers, host: '127.0.0.1:15868' },
    ...(request.text === '' ? {} : { payload: request.text }),
  });
  assert.equal(given.statusCode, expected.status, given.body);
  const body: unknown = given.body === '' ? '' : given.json();
  if (body !== null && typeof body === 'object' && 'notification' in body) {
    const shown = Object.keys(body.notification as object);
    assert.ok(ADDED_TO_NOTIFICATIONS.every((field) => shown.includes(field)));
  }
  const normalise = request.method === 'POST' ? withoutGivenIds : (same: unknown) => same;
  assert.deepEqual(normalise(comparable(body)), normalise(comparable(expected.body)));
  if (deviation === undefined) assertHeaders(given.headers, answer.headers);
  assert.match(String(given.headers['x-openstack-request-id']), /^req-[-0-9a-f]{36}$/);
}

/** What Masakari has said must be said; on some refusals it says less than Medevac does. */
function assertHeaders(
  given: Readonly<Record<string, unknown>>,
  recorded: Readonly<Record<string, unknown>>,
): void {
  const told = comparableHeaders(given);
  for (const [name, value] of Object.entries(comparableHeaders(recorded))) {
    if (value === undefined || value === '') continue;
    assert.equal(told[name as keyof typeof told], value, name);
  }
}
