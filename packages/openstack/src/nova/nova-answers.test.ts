/** The parsers on answers that a real Nova 26 gave. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { OperationalError } from '@medevac/kernel';
import { parseShape } from '../http/answer-shape.ts';
import {
  MigrationListShape,
  parseMigration,
  parseServerView,
  parseService,
  parseServiceView,
  ServerAnswerShape,
  ServiceAnswerShape,
  ServiceListShape,
} from './nova-answers.ts';

const LABEL = { call: 'compute: GET /test', requestId: 'req-1' };

async function recorded(name: string): Promise<unknown> {
  const url = new URL(`../../test/fixtures/${name}.json`, import.meta.url);
  const { body } = JSON.parse(await readFile(url, 'utf8')) as { readonly body: unknown };
  return body;
}

test('reads the service list', async () => {
  const { services } = parseShape(ServiceListShape, await recorded('services'), LABEL);
  assert.deepEqual(parseServiceView(services[0], LABEL), {
    kind: 'seen',
    uuid: '67c505a6-1c64-498b-b69e-1ddd0c991ddd',
    host: 'compute-04',
    status: 'enabled',
    disabledReason: null,
    state: 'up',
    forcedDown: false,
    updatedAt: '2026-11-20T23:05:45.000000',
  });
});

test('reads the answer to a force-down', async () => {
  const answer = await recorded('service-forced-down');
  const { service } = parseShape(ServiceAnswerShape, answer, LABEL);
  const { status, disabledReason, state, forcedDown, updatedAt } = parseService(service, LABEL);
  assert.deepEqual(
    { status, disabledReason, state, forcedDown, updatedAt },
    {
      status: 'disabled',
      disabledReason: 'medevac test',
      state: 'down',
      forcedDown: true,
      updatedAt: '2026-11-20T23:05:47.472357',
    },
  );
});

test('D7: reads an instance that is being evacuated, its host apart from its hypervisor', async () => {
  const answer = await recorded('server-rebuilding');
  const { server } = parseShape(ServerAnswerShape, answer, LABEL);
  const view = parseServerView(server, LABEL);
  assert.ok(view.kind === 'seen');
  assert.equal(view.server.host, 'compute-04');
  assert.equal(view.server.vmState, 'active');
  assert.equal(view.server.taskState, 'rebuilding');
  assert.equal(view.server.imageUuid, 'bd61fdf1-d67b-49e6-a09a-8217d55d8cc2');
  assert.equal(view.server.updatedAt, '2026-11-20T23:05:48Z');
  assert.deepEqual(view.server.flavor, {
    name: 'tiny',
    vcpus: 1,
    memoryMib: 64,
    rootDiskGib: 0,
    ephemeralDiskGib: 0,
    swapMib: 0,
    extraSpecs: {},
  });
  assert.deepEqual([view.server.tags, view.server.volumes], [[], []]);
});

test('reads a migration that has no destination yet', async () => {
  const answer = await recorded('migrations-page');
  const { migrations } = parseShape(MigrationListShape, answer, LABEL);
  assert.deepEqual(migrations.map(parseMigration), [
    {
      id: 2,
      instanceUuid: 'f249d89d-e26f-4702-a4d5-30064d7eb9ee',
      type: 'evacuation',
      status: 'accepted',
      sourceHost: 'compute-04',
      destHost: null,
      createdAt: '2026-11-20T23:05:48.000000',
      updatedAt: null,
    },
  ]);
});

test('takes a service of a cell that is down as unseen, and other services as none', () => {
  const down = { binary: 'nova-compute', host: 'compute-09', status: 'UNKNOWN' };
  assert.deepEqual(parseServiceView(down, LABEL), { kind: 'unseen', host: 'compute-09' });
  assert.equal(parseServiceView({ ...down, binary: 'nova-conductor' }, LABEL), undefined);
});

test('takes a partial record as unseen, but not a whole one whose status is unknown', async () => {
  const id = 'f249d89d-e26f-4702-a4d5-30064d7eb9ee';
  const partial = { id, status: 'UNKNOWN', tenant_id: 'p', created: '2026-11-20T23:04:32Z' };
  assert.deepEqual(parseServerView(partial, LABEL), { kind: 'unseen', uuid: id });
  const answer = await recorded('server-rebuilding');
  const { server } = parseShape(ServerAnswerShape, answer, LABEL);
  const odd = { ...(server as object), status: 'UNKNOWN' };
  assert.equal(parseServerView(odd, LABEL).kind, 'seen');
});

test('names call, place and content of what does not fit', () => {
  const wrong = {
    id: 'u',
    binary: 'nova-compute',
    host: 'compute-01',
    status: 'enabled',
    state: 'sideways',
    updated_at: null,
    disabled_reason: null,
    forced_down: false,
  };
  assert.throws(
    () => parseServiceView(wrong, LABEL),
    (error: unknown) => {
      assert.ok(error instanceof OperationalError);
      assert.equal(error.code, 'cloud.answer_unreadable');
      assert.match(error.message, /^compute: GET \/test .*at \/state .*found "sideways"/);
      assert.match(error.message, /\(request req-1\)$/);
      return true;
    },
  );
});
