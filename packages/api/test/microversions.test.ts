/** Which microversion a request is served with, and what versions change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApi, SEGMENT } from './api-fixture.ts';

const SERVED: readonly (readonly [header: string | undefined, version: string])[] = [
  [undefined, '1.0'],
  ['instance-ha 1.0', '1.0'],
  ['instance-ha 1.3', '1.3'],
  ['Instance-HA 1.1', '1.1'],
  ['instance-ha latest', '1.3'],
  ['compute 2.90', '1.0'],
  ['compute 2.90, instance-ha 1.2', '1.2'],
  ['instance-ha 1.1, instance-ha 1.3', '1.3'],
  ['instance-ha', '1.0'],
  ['1.3', '1.0'],
];
const REFUSED: readonly (readonly [version: string, status: number, message: string])[] = [
  ['1.4', 406, 'Version 1.4 is not supported by the API. Minimum is 1.0 and maximum is 1.3.'],
  ['2.0', 406, 'Version 2.0 is not supported by the API. Minimum is 1.0 and maximum is 1.3.'],
  ...['0.9', 'abc', '1', '1.02', '1.2.3'].map(
    (version) =>
      [
        version,
        400,
        `API Version String ${version} is of invalid format. Must be of format MajorNum.MinorNum.`,
      ] as const,
  ),
];

for (const [header, version] of SERVED) {
  test(`the header ${JSON.stringify(header)} is served with ${version}`, async () => {
    const answer = await openApi().app.inject({
      url: '/v1/segments',
      headers: {
        'x-auth-token': 'admin-token',
        ...(header === undefined ? {} : { 'openstack-api-version': header }),
      },
    });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers['openstack-api-version'], `instance-ha ${version}`);
    assert.equal(answer.headers.vary, 'OpenStack-API-Version');
  });
}

for (const [version, status, message] of REFUSED) {
  test(`version ${version} is refused with ${status}`, async () => {
    const answer = await openApi().ask({ url: '/v1/segments', version });
    assert.equal(answer.status, status);
    const key = status === 406 ? 'masakariFault' : 'badRequest';
    assert.deepEqual(answer.body, { [key]: { code: status, message } });
    assert.match(String(answer.headers['openstack-api-version']), /^instance-ha \d+\.\d+$/);
  });
}

test('a missing token is told before a version that is not served', async () => {
  const answer = await openApi().ask({ url: '/v1/segments', version: '9.9', token: null });
  assert.equal(answer.status, 401);
});

test('enabled is an unknown property below 1.2, when creating and when updating', async () => {
  const api = openApi();
  const body = { segment: { ...SEGMENT, enabled: false } };
  for (const version of ['1.0', '1.1']) {
    const answer = await api.ask({ method: 'POST', url: '/v1/segments', version, body });
    assert.equal(answer.status, 400);
    assert.match(answer.message, /Additional properties are not allowed \('enabled' was unexp/);
  }
  const created = await api.ask({ method: 'POST', url: '/v1/segments', version: '1.3', body });
  assert.equal(created.status, 201);
  assert.equal(created.body.segment.enabled, false);
  const url = `/v1/segments/${created.body.segment.uuid}`;
  const change = { segment: { enabled: 'True' } };
  const refused = await api.ask({ method: 'PUT', url, version: '1.1', body: change });
  assert.equal(refused.status, 400);
  const changed = await api.ask({ method: 'PUT', url, version: '1.2', body: change });
  assert.equal(changed.body.segment.enabled, true);
  const shown = await api.ask({ url, version: '1.0' });
  assert.equal(shown.body.segment.enabled, true);
});
