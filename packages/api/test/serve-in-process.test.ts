/** The API without a socket answers what the API over HTTP answers, refusals included. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OperationalError } from '@medevac/kernel';
import {
  type ApiDependencies,
  type InProcessRequest,
  type NotificationWire,
  serveInProcess,
} from '../src/index.ts';
import {
  ADMIN_TOKEN,
  addHost,
  addSegment,
  HOST_STOPPED,
  MEMBER_PROJECT,
  MEMBER_TOKEN,
  openApi,
  PROJECT,
  SEGMENT,
} from './api-fixture.ts';

const NOBODY = '6d8d4fb5-6a0c-4f46-8b35-30b2a2f1a1c4';
const VERSION = 'instance-ha 1.2';
const admin = { token: ADMIN_TOKEN, version: VERSION };
const STOPPED = {
  type: 'COMPUTE_HOST',
  hostname: 'compute-01',
  generated_time: '2026-11-20T20:58:12.5',
  payload: HOST_STOPPED,
};

function openBoth(overrides: Partial<ApiDependencies> = {}) {
  const http = openApi(overrides);
  return { http, ask: serveInProcess(http.parts) };
}

const REFUSED: Readonly<Record<string, InProcessRequest>> = {
  'no token': { method: 'GET', path: '/v1/segments' },
  'an unknown token': { method: 'GET', path: '/v1/segments', token: 'stolen' },
  'a role without the right': { method: 'GET', path: '/v1/segments', token: MEMBER_TOKEN },
  'a version that is not served': { ...admin, version: 'instance-ha 9.9', ...get('/v1/segments') },
  'another project in the path': { ...admin, ...get(`/v1/${MEMBER_PROJECT}/segments`) },
  'a path that no route serves': { ...admin, ...get('/v1/segmentations') },
  'a method that is refused': { ...admin, method: 'PUT', path: `/v1/notifications/${NOBODY}` },
  'a segment that is not there': { ...admin, ...get(`/v1/segments/${NOBODY}`) },
  'no body': { ...admin, method: 'POST', path: '/v1/segments' },
  'a body against the schema': post('/v1/segments', { segment: { ...SEGMENT, name: 5 } }),
  'a payload against its schema': report({ payload: { event: 'STOPPED' } }),
  'a host that is not there': report({ hostname: 'compute-77' }),
};

function get(path: string): Pick<InProcessRequest, 'method' | 'path'> {
  return { method: 'GET', path };
}

function post(path: string, body: unknown): InProcessRequest {
  return { ...admin, method: 'POST', path, body };
}

function report(fields: object): InProcessRequest {
  return post('/v1/notifications', { notification: { ...STOPPED, ...fields } });
}

describe('the API in the same process', () => {
  for (const [what, request] of Object.entries(REFUSED)) {
    it(`refuses ${what} as the API over HTTP does`, async () => {
      const { http, ask } = openBoth();
      const { method, path: url, version = '' } = request;
      const overHttp = await http.ask({
        ...{ method, url, token: request.token ?? null, body: request.body },
        headers: { 'openstack-api-version': version },
      });
      const inside = await ask(request);
      assert.ok(inside.status >= 400, `${inside.status} is a refusal`);
      assert.equal(inside.status, overHttp.status);
      assert.deepEqual(inside.body, JSON.parse(overHttp.text));
    });
  }

  it('accepts a report, tells the engine, and refuses its copy', async () => {
    const { http, ask } = openBoth();
    const segment = await addSegment(http);
    await addHost(http, segment.uuid);
    const accepted = await ask(report({}));
    assert.equal(accepted.status, 202);
    const { notification } = accepted.body as { readonly notification: NotificationWire };
    const shown = await http.ask({ url: `/v1/notifications/${notification.notification_uuid}` });
    assert.equal(shown.body.notification.source_host_uuid, notification.source_host_uuid);
    assert.equal(http.nudges.length, 1);
    assert.equal((await ask(report({}))).status, 409);
  });

  it('serves the path with the project of the token, and an answer without a body', async () => {
    const { http, ask } = openBoth();
    const { uuid } = await addSegment(http);
    const path = `/v1/${PROJECT}/segments/${uuid}`;
    const shown = await ask({ ...admin, ...get(path) });
    assert.equal((shown.body as { segment: { uuid: string } }).segment.uuid, uuid);
    const deleted = await ask({ ...admin, method: 'DELETE', path });
    assert.deepEqual(deleted, { status: 204, body: undefined });
    assert.equal((await http.ask({ url: `/v1/segments/${uuid}` })).status, 404);
  });

  it('answers 500 for what nobody foresaw and never rejects', async () => {
    const broken = async (): Promise<never> => {
      const advice = 'Look at the database.';
      throw new OperationalError({ code: 'x.down', retry: 'after', advice }, 'x is down');
    };
    const { ask } = openBoth({ computeServiceExists: broken, tokens: { identify: broken } });
    assert.equal((await ask({ ...admin, ...get('/v1/segments') })).status, 503);
    const { http } = openBoth();
    const segments = { ...http.stores.segments, listSegments: broken };
    const stores = { ...http.stores, segments };
    const answer = await serveInProcess({ ...http.parts, stores })({
      ...admin,
      ...get('/v1/segments'),
    });
    assert.equal(answer.status, 500);
    assert.match(JSON.stringify(answer.body), /Unexpected API Error.*x is down.*req-/);
  });
});
