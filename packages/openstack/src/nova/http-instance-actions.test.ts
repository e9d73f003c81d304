/** Actions on one instance: what is sent, and what each answer of Nova means. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostName, InstanceUuid } from '@medevac/kernel';
import { CALL, type OpenedCloud, openForTest } from '../../test/open-for-test.ts';
import type { InstanceActions } from './instance-actions.ts';

const INSTANCE = 'f249d89d-e26f-4702-a4d5-30064d7eb9ee' as InstanceUuid;
const PATH = `POST /v2.1/servers/${INSTANCE}/action`;

function answering(bed: OpenedCloud, status: number, version: string, message = ''): void {
  bed.loopback.on(PATH, {
    status,
    headers: { 'openstack-api-version': `compute ${version}` },
    ...(status < 400 ? {} : { body: { fault: { code: status, message } } }),
  });
}

const ACTIONS: readonly {
  readonly name: string;
  readonly version: string;
  readonly ask: (actions: InstanceActions) => Promise<{ readonly kind: string }>;
  readonly body: unknown;
}[] = [
  {
    name: 'start',
    version: '2.1',
    ask: (actions) => actions.start(INSTANCE, CALL),
    body: { 'os-start': null },
  },
  {
    name: 'hard reboot',
    version: '2.1',
    ask: (actions) => actions.hardReboot(INSTANCE, CALL),
    body: { reboot: { type: 'HARD' } },
  },
  {
    name: 'pause',
    version: '2.1',
    ask: (actions) => actions.pause(INSTANCE, CALL),
    body: { pause: null },
  },
  {
    name: 'suspension',
    version: '2.1',
    ask: (actions) => actions.suspend(INSTANCE, CALL),
    body: { suspend: null },
  },
  {
    name: 'rescue',
    version: '2.1',
    ask: (actions) => actions.rescue(INSTANCE, CALL),
    body: { rescue: {} },
  },
  {
    name: 'lock',
    version: '2.73',
    ask: (actions) => actions.lock(INSTANCE, 'medevac 7', CALL),
    body: { lock: { locked_reason: 'medevac 7' } },
  },
  {
    name: 'unlock',
    version: '2.1',
    ask: (actions) => actions.unlock(INSTANCE, CALL),
    body: { unlock: null },
  },
  {
    name: 'live migration',
    version: '2.68',
    ask: (actions) => actions.liveMigrate(INSTANCE, undefined, CALL),
    body: { 'os-migrateLive': { host: null, block_migration: 'auto' } },
  },
  {
    name: 'live migration to a host',
    version: '2.68',
    ask: (actions) => actions.liveMigrate(INSTANCE, 'compute-02' as HostName, CALL),
    body: { 'os-migrateLive': { host: 'compute-02', block_migration: 'auto' } },
  },
];

describe('actions on an instance', () => {
  for (const { name, version, ask, body } of ACTIONS) {
    it(`asks for a ${name} in version ${version}`, async () => {
      await using bed = await openForTest();
      answering(bed, 202, version);
      assert.deepEqual(await ask(bed.cloud.actions), { kind: 'accepted' });
      const [seen] = bed.loopback.seen(PATH);
      assert.deepEqual(seen?.body, body);
      assert.equal(seen?.headers['openstack-api-version'], `compute ${version}`);
    });

    it(`takes 404 and 409 to a ${name} for answers`, async () => {
      await using bed = await openForTest();
      answering(bed, 404, version, 'Instance could not be found.');
      assert.deepEqual(await ask(bed.cloud.actions), { kind: 'missing' });
      answering(bed, 409, version, 'Cannot do it now.');
      const conflict = await ask(bed.cloud.actions);
      assert.equal(conflict.kind, 'conflict');
      assert.match('message' in conflict ? String(conflict.message) : '', /Cannot do it now/);
    });
  }

  it('tells what Nova rejects from what the state of the instance forbids', async () => {
    await using bed = await openForTest();
    answering(bed, 400, '2.68', 'No valid host was found.');
    const moved = await bed.cloud.actions.liveMigrate(INSTANCE, undefined, CALL);
    assert.equal(moved.kind, 'rejected');
    answering(bed, 400, '2.1', 'Cannot rescue a volume-backed instance');
    assert.equal((await bed.cloud.actions.rescue(INSTANCE, CALL)).kind, 'rejected');
  });
});
