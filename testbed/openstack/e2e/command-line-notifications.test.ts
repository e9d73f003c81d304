/**
 * Every `openstack notification` command of Debian's python3-masakariclient with each of its
 * options. (That release has no `notification vmove`: `sdk.test.ts` reads vmoves.)
 */
import assert from 'node:assert/strict';
import { waitUntilSettled } from '../harness/notification.ts';
import {
  generatedTime,
  openstackList,
  openstackRefusal,
  openstackShow,
  type Row,
} from '../harness/operator.ts';
import { withProtectedCloud } from '../harness/protected-cloud.ts';
import { quietStory } from '../harness/story.ts';

/** Reports that ask for nothing, so that the story changes no host. */
const HOST_STARTED = { event: 'STARTED', cluster_status: 'ONLINE', host_status: 'NORMAL' };
const GUEST_STOPPED = {
  event: 'LIFECYCLE',
  instance_uuid: '0a5d3c52-7c1d-4c35-9d26-58b4a3b6d7e1',
  vir_domain_event: 'STOPPED_SHUTDOWN',
};
const PROCESS_STARTED = { event: 'STARTED', process_name: 'nova-compute' };

/** One moment for every report: a monitor that sends once more sends the same time again. */
const GENERATED = generatedTime();
const subject = (type: string, host: string, payload: object): readonly string[] => [
  type,
  host,
  GENERATED,
  JSON.stringify(payload),
];
const create = (type: string, host: string, payload: object): Row =>
  openstackShow('notification', 'create', ...subject(type, host, payload));
const refused = (type: string, host: string, payload: object): string =>
  openstackRefusal('notification', 'create', ...subject(type, host, payload));
const types = (...options: readonly string[]) =>
  openstackList('notification', 'list', ...options).map((row) => row['type']);

function assertLists(rows: readonly Row[], hostIds: ReadonlyMap<string, string>): void {
  const newestFirst = ['PROCESS', 'VM', 'COMPUTE_HOST'];
  assert.deepEqual(types(), newestFirst);
  assert.deepEqual(types('--limit', '1'), newestFirst);
  assert.deepEqual(types('--sort', 'type:asc', '--limit', '2'), ['COMPUTE_HOST', 'PROCESS', 'VM']);
  assert.deepEqual(types('--sort', 'source_host_uuid:asc,type:desc').length, 3);
  assert.deepEqual(types('--marker', String(rows[1]?.['notification_uuid'])), ['COMPUTE_HOST']);
  assert.deepEqual(types('--filters', 'type=VM'), ['VM']);
  assert.deepEqual(types('--filters', 'status=finished'), ['PROCESS', 'COMPUTE_HOST']);
  const second = String(hostIds.get('compute-02'));
  assert.deepEqual(types('--filters', `source_host_uuid=${second};type=PROCESS`), ['PROCESS']);
  assert.deepEqual(types('--filters', 'generated-since=2020-01-01'), newestFirst);
  assert.deepEqual(types('--filters', 'generated-since=2100-01-01T00:00:00'), []);
  assert.match(
    openstackRefusal('notification', 'list', '--filters', 'generated-since=yesterday'),
    /Invalid generated-since value/,
  );
}

quietStory('openstack notification does all it can with every option', async () => {
  await withProtectedCloud(['compute-01', 'compute-02'], async ({ hostIds }) => {
    const rows = [
      create('COMPUTE_HOST', 'compute-01', HOST_STARTED),
      create('VM', 'compute-01', GUEST_STOPPED),
      create('PROCESS', 'compute-02', PROCESS_STARTED),
    ];
    for (const row of rows) await waitUntilSettled(String(row['notification_uuid']));
    assert.deepEqual(
      rows.map((row) => row['payload']),
      [HOST_STARTED, GUEST_STOPPED, PROCESS_STARTED],
    );
    assertLists(rows, hostIds);
    const uuid = String(rows[0]?.['notification_uuid']);
    const shown = openstackShow('notification', 'show', uuid);
    assert.equal(shown['status'], 'finished');
    assert.equal(shown['source_host_uuid'], hostIds.get('compute-01'));
    assert.deepEqual(shown['recovery_workflow_details'], []);
    const plain = openstackShow('notification', 'show', uuid, '--os-ha-api-version', '1.0');
    assert.equal('recovery_workflow_details' in plain, false);
    assert.match(refused('VM', 'compute-01', GUEST_STOPPED), /is duplicate/);
    assert.match(refused('PROCESS', 'compute-02', PROCESS_STARTED), /is duplicate/);
    assert.match(refused('VM', 'compute-77', GUEST_STOPPED), /compute-77 could not be found/);
    assert.match(refused('VM', 'compute-01', { event: 'x' }), /required property/);
    const unknown = '1f0b5c84-3c58-4a3f-8f52-1dbb34b1a1aa';
    assert.match(openstackRefusal('notification', 'show', unknown), /No notification|not found/i);
  });
});
