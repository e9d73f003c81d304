/**
 * Every `openstack segment` and `openstack segment host` command of Debian's python3-masakariclient
 * with each of its options, against Medevac behind the catalogue's entry.
 */
import assert from 'node:assert/strict';
import {
  openstackList,
  openstackRefusal,
  openstackShow,
  openstackText,
  type Row,
} from '../harness/operator.ts';
import { withProtectedCloud } from '../harness/protected-cloud.ts';
import { quietStory } from '../harness/story.ts';

const segment = (command: string, ...words: readonly string[]): Row =>
  openstackShow('segment', command, ...words);
const host = (command: string, ...words: readonly string[]): Row =>
  openstackShow('segment', 'host', command, ...words);
const namesOf = (rows: readonly Row[]): readonly unknown[] => rows.map((row) => row['name']);
const segmentNames = (...options: readonly string[]) =>
  namesOf(openstackList('segment', 'list', ...options));

/** The four methods, each made with another set of options; answers them by name. */
function createSegments(): ReadonlyMap<string, Row> {
  const rows = [
    segment('create', 'one', 'auto', 'COMPUTE'),
    segment('create', 'two', 'reserved_host', 'COMPUTE', '--description', 'Größe: 2'),
    segment('create', 'three', 'auto_priority', 'compute', '--is_enabled', 'True'),
    segment('create', 'four', 'rh_priority', 'COMPUTE', '--is_enabled', 'False'),
  ];
  return new Map(rows.map((row) => [String(row['name']), row]));
}

function assertSegmentsAsCreated(made: ReadonlyMap<string, Row>): void {
  const told = [...made.values()].map((row) =>
    ['recovery_method', 'service_type', 'description', 'is_enabled'].map((key) => row[key]),
  );
  assert.deepEqual(told, [
    ['auto', 'COMPUTE', null, true],
    ['reserved_host', 'COMPUTE', 'Größe: 2', true],
    ['auto_priority', 'compute', null, true],
    ['rh_priority', 'COMPUTE', null, false],
  ]);
  for (const row of made.values()) {
    assert.match(String(row['created_at']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
    assert.equal(row['updated_at'], null);
  }
}

function assertSegmentLists(made: ReadonlyMap<string, Row>): void {
  const newestFirst = ['four', 'three', 'two', 'one'];
  assert.deepEqual(segmentNames(), newestFirst);
  assert.deepEqual(segmentNames('--limit', '1'), newestFirst, 'the client pages by integer id');
  const byName = ['four', 'one', 'three', 'two'];
  assert.deepEqual(segmentNames('--sort', 'name:asc'), byName);
  assert.deepEqual(segmentNames('--sort', 'name:asc', '--limit', '3'), byName);
  assert.deepEqual(segmentNames('--sort', 'service_type:desc,name:asc'), [
    'three',
    'four',
    'one',
    'two',
  ]);
  const third = String(made.get('three')?.['uuid']);
  assert.deepEqual(segmentNames('--marker', third), ['two', 'one']);
  assert.deepEqual(segmentNames('--filters', 'recovery_method=auto'), ['one']);
  const both = 'service_type=COMPUTE;recovery_method=rh_priority';
  assert.deepEqual(segmentNames('--filters', both), ['four']);
  const [first] = openstackList('segment', 'list', '--sort', 'name:asc');
  assert.deepEqual(Object.keys(first ?? {}).toSorted(), [
    'description',
    'is_enabled',
    'name',
    'recovery_method',
    'service_type',
    'uuid',
  ]);
  assert.match(openstackRefusal('segment', 'list', '--sort', 'colour'), /400/);
  assert.match(openstackRefusal('segment', 'list', '--marker', 'nowhere'), /could not be found/);
}

quietStory('openstack segment does all it can with every option', async () => {
  await withProtectedCloud([], async ({ segmentId }) => {
    assert.equal(openstackText('segment', 'delete', segmentId), `Segment deleted: ${segmentId}`);
    const made = createSegments();
    assertSegmentsAsCreated(made);
    assertSegmentLists(made);
    const uuid = String(made.get('one')?.['uuid']);
    assert.deepEqual(segment('show', 'one'), segment('show', uuid));
    assert.equal(segment('show', 'one', '--os-ha-api-version', '1.0')['is_enabled'], undefined);
    assert.match(openstackRefusal('segment', 'show', 'five'), /five/);
    const renamed = ['--name', 'uno', '--recovery_method', 'rh_priority'];
    const changed = ['--service_type', 'compute', '--description', 'x', '--is_enabled', 'False'];
    const updated = segment('update', 'one', ...renamed, ...changed);
    const shown = segment('show', uuid);
    assert.deepEqual(updated, shown);
    assert.deepEqual(
      ['name', 'recovery_method', 'service_type', 'description', 'is_enabled'].map(
        (key) => shown[key],
      ),
      ['uno', 'rh_priority', 'compute', 'x', false],
    );
    assert.notEqual(shown['updated_at'], null);
    assert.equal(segment('update', 'uno', '--is_enabled', 'True')['is_enabled'], true);
    assert.match(openstackRefusal('segment', 'update', 'uno', '--name', 'two'), /already exists/);
    assert.match(
      openstackRefusal('segment', 'create', 'two', 'auto', 'COMPUTE'),
      /Failover segment with name two already exists/,
    );
    const gone = openstackText('segment', 'delete', 'uno', 'two', 'three', 'nobody');
    assert.match(gone, /deleted: uno\n.*deleted: two\n.*deleted: three\n.*nobody/s);
    assert.deepEqual(segmentNames(), ['four']);
  });
});

function assertHostLists(segmentId: string, second: Row): void {
  const names = (...options: readonly string[]) =>
    namesOf(openstackList('segment', 'host', 'list', segmentId, ...options));
  const newestFirst = ['compute-03', 'compute-02', 'compute-01'];
  assert.deepEqual(names(), newestFirst);
  assert.deepEqual(names('--limit', '2'), newestFirst);
  assert.deepEqual(names('--sort', 'name:asc', '--limit', '1'), newestFirst.toReversed());
  assert.deepEqual(names('--sort', 'type:asc,name:desc'), [
    'compute-03',
    'compute-01',
    'compute-02',
  ]);
  assert.deepEqual(names('--marker', String(second['uuid'])), ['compute-01']);
  assert.deepEqual(names('--filters', 'reserved=True'), ['compute-02']);
  assert.deepEqual(names('--filters', 'on_maintenance=true;type=KVM'), ['compute-02']);
  assert.deepEqual(names('--filters', 'reserved=False'), ['compute-03', 'compute-01']);
  const bySegment = `failover_segment_id=${segmentId}`;
  assert.deepEqual(names('--filters', bySegment), newestFirst);
  assert.match(
    openstackRefusal('segment', 'host', 'list', segmentId, '--filters', 'reserved=perhaps'),
    /Invalid value for reserved/,
  );
}

quietStory('openstack segment host does all it can with every option', async () => {
  await withProtectedCloud([], async ({ segmentId }) => {
    const segmentName = String(segment('show', segmentId)['name']);
    const first = host('create', 'compute-01', 'COMPUTE', 'SSH', segmentName);
    assert.deepEqual(
      ['name', 'type', 'control_attributes', 'reserved', 'on_maintenance'].map((k) => first[k]),
      ['compute-01', 'COMPUTE', 'SSH', false, false],
    );
    assert.equal(first['failover_segment_id'], segmentId);
    const both = ['--reserved', 'True', '--on_maintenance', 'True'];
    const second = host('create', 'compute-02', 'KVM', 'SSH', segmentId, ...both);
    assert.deepEqual([second['reserved'], second['on_maintenance']], [true, true]);
    const neither = ['--reserved', 'False', '--on_maintenance', 'False'];
    host('create', 'compute-03', 'COMPUTE', 'SSH', segmentId, ...neither);
    assertHostLists(segmentId, second);
    const uuid = String(first['uuid']);
    assert.deepEqual(host('show', segmentName, 'compute-01'), host('show', segmentId, uuid));
    const changes = ['--type', 'KVM', '--control_attributes', 'IPMI', '--name', 'compute-04'];
    const updated = host('update', segmentName, 'compute-01', ...changes, ...both);
    assert.deepEqual(updated, host('show', segmentId, uuid));
    assert.deepEqual(
      ['name', 'type', 'control_attributes', 'reserved', 'on_maintenance'].map((k) => updated[k]),
      ['compute-04', 'KVM', 'IPMI', true, true],
    );
    const back = host('update', segmentId, uuid, ...neither);
    assert.deepEqual([back['reserved'], back['on_maintenance']], [false, false]);
    const create = (name: string): string =>
      openstackRefusal('segment', 'host', 'create', name, 'COMPUTE', 'SSH', segmentId);
    assert.match(create('compute-02'), /Host with name compute-02 already exists/);
    assert.match(create('compute-99'), /Compute service with name compute-99 could not be found/);
    const word = openstackText('segment', 'host', 'delete', segmentName, 'compute-04');
    assert.equal(word, 'Host deleted: compute-04');
    openstackText('segment', 'host', 'delete', segmentId, String(second['uuid']));
    assert.match(
      openstackRefusal('segment', 'host', 'show', segmentId, 'compute-02'),
      /compute-02/,
    );
    assert.deepEqual(namesOf(openstackList('segment', 'host', 'list', segmentId)), ['compute-03']);
  });
});
