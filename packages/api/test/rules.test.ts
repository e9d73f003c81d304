/** Rules of operators in Medevac's own API. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addSegment, MEMBER_TOKEN, openApi } from './api-fixture.ts';

const INSTANCE = '0f9bb6a5-2b3c-4d5e-8f60-718293a4b5c6';
const URL = `/medevac/v1/instance-rules/${INSTANCE}`;
type Rule = Record<string, unknown>;
const ruleOf = (text: string): Rule => (JSON.parse(text) as { rule: Rule }).rule;
const rulesOf = <Rules = Rule>(text: string): Rules => (JSON.parse(text) as { rules: Rules }).rules;

test('what a segment is declared to be is changed field by field, and taken back by null', async () => {
  const api = openApi();
  const { uuid } = await addSegment(api);
  const url = `/medevac/v1/segments/${uuid}/rules`;
  const nothing = { fencing: null, storage: null, return_policy: null, instance_policy: null };
  const none = { segment_uuid: uuid, ...nothing, changed_by: null, changed_at: null, note: null };
  assert.deepEqual(rulesOf((await api.ask({ url })).text), none);
  const change = (rules: object) => api.ask({ method: 'PUT', url, body: { rules } });
  await change({ fencing: 'trusted', storage: 'local', note: 'no BMCs there' });
  await change({ return_policy: 'automatic', fencing: null });
  const rules = rulesOf((await api.ask({ url })).text);
  assert.deepEqual(
    [rules['fencing'], rules['storage'], rules['return_policy'], rules['note']],
    [null, 'local', 'automatic', null],
  );
  assert.match(String(rules['changed_by']), /^admin-id/);
});

test('rules of a segment that is not there are not found, and wrong ones name the choice', async () => {
  const api = openApi();
  const { uuid } = await addSegment(api);
  const stranger = '/medevac/v1/segments/1f9bb6a5-2b3c-4d5e-8f60-718293a4b5c6/rules';
  assert.equal((await api.ask({ url: stranger })).status, 404);
  const url = `/medevac/v1/segments/${uuid}/rules`;
  const wrong = await api.ask({ method: 'PUT', url, body: { rules: { fencing: 'maybe' } } });
  assert.equal(wrong.status, 400);
  assert.match(wrong.text, /maybe.*required/);
  assert.equal((await api.ask({ method: 'PUT', url, body: { rules: {} } })).status, 400);
  assert.equal((await api.ask({ url, token: MEMBER_TOKEN })).status, 403);
});

test('the rule of an instance is set, shown, listed and cleared', async () => {
  const api = openApi();
  const change = (rule: object) => api.ask({ method: 'PUT', url: URL, body: { rule } });
  assert.equal((await api.ask({ url: URL })).status, 404);
  assert.equal((await change({ policy: 'never', note: 'has its own cluster' })).status, 200);
  const both = ruleOf((await change({ priority: 9 })).text);
  assert.deepEqual([both['policy'], both['priority']], ['never', 9]);
  const list = await api.ask({ url: '/medevac/v1/instance-rules' });
  assert.deepEqual(
    rulesOf<Rule[]>(list.text).map((one) => one['instance_uuid']),
    [INSTANCE],
  );
  const rest = await api.ask({ url: `/medevac/v1/instance-rules?marker=${INSTANCE}` });
  assert.deepEqual(rulesOf(rest.text), []);
  assert.equal((await api.ask({ method: 'DELETE', url: URL })).status, 204);
  assert.equal((await api.ask({ method: 'DELETE', url: URL })).status, 404);
});

test('a priority is a whole number from 0 to 10', async () => {
  const api = openApi();
  for (const priority of [-1, 11, 1.5, '9']) {
    const body = { rule: { priority } };
    assert.equal((await api.ask({ method: 'PUT', url: URL, body })).status, 400, String(priority));
  }
});
