/** What a caller is told when something breaks that nobody foresaw. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogFields, OperationalError, silentLog } from '@medevac/kernel';
import { openMemory } from '@medevac/store';
import { openApi } from './api-fixture.ts';

const failingWith = (error: Error) => {
  const stores = openMemory();
  stores.segments.listSegments = () => Promise.reject(error);
  const lines: LogFields[] = [];
  const log = { ...silentLog, error: (_event: string, fields?: LogFields) => lines.push(fields!) };
  return { api: openApi({ stores, log }), lines };
};

test('a fault of our own is a 500 without its message or stack, which the log has', async () => {
  const { api, lines } = failingWith(new TypeError('secret of row 7'));
  const answer = await api.ask({ url: '/v1/segments' });
  assert.equal(answer.status, 500);
  const { code, message } = answer.body.masakariFault;
  assert.equal(code, 500);
  assert.match(message, /^Unexpected API Error\. .*\n<class 'TypeError'>$/);
  assert.ok(message.includes(String(answer.headers['x-openstack-request-id'])));
  assert.doesNotMatch(answer.text, /secret of row 7|at .*\.ts/);
  assert.equal(lines[0]?.message, 'secret of row 7');
  assert.match(String(lines[0]?.stack), /TypeError: secret of row 7\n\s+at /);
});

test('a failure of the world is told with its advice', async () => {
  const kind = { code: 'store.disk_full', retry: 'after', advice: 'Free some space.' } as const;
  const { api } = failingWith(new OperationalError(kind, 'the disk of the database is full'));
  const answer = await api.ask({ url: '/v1/segments' });
  assert.equal(answer.status, 500);
  assert.match(answer.message, /the disk of the database is full Free some space\./);
});

test('every request is logged with its id, its result and how long it took', async () => {
  const lines: (readonly [string, LogFields])[] = [];
  const info = (event: string, fields: LogFields = {}): void => void lines.push([event, fields]);
  const api = openApi({ log: { ...silentLog, info } });
  const globalId = 'req-11111111-2222-4333-8444-555555555555';
  const headers = { 'x-openstack-request-id': globalId };
  const answer = await api.ask({ url: '/v1/segments?limit=1', headers });
  const [event, fields] = lines[0]!;
  assert.equal(event, 'api.request');
  const requestId = answer.headers['x-openstack-request-id'];
  assert.notEqual(requestId, globalId);
  assert.deepEqual(fields, {
    requestId,
    globalRequestId: globalId,
    method: 'GET',
    path: '/v1/segments?limit=1',
    status: 200,
    durationMs: 0,
  });
});
