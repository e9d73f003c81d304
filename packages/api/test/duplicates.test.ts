/**
 * Copies of one report, over the embedded database and in memory: of many that arrive at once one
 * is kept, the others are refused and kept as evidence; what is a new event is no copy.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type HostName, ManualClock, type NotificationUuid } from '@medevac/kernel';
import { openMemory, openSqlite, type Stores } from '@medevac/store';
import { addHost, addSegment, HOST_STOPPED, openApi, report } from './api-fixture.ts';
import { moveThrough, openIncident } from './working-incident.ts';

const COPIES = 40;
const VM = {
  type: 'VM',
  payload: {
    event: 'LIFECYCLE',
    instance_uuid: '6f14551e-8006-4e5a-9158-490c141b2b78',
    vir_domain_event: 'STOPPED_FAILED',
  },
};
const PROCESS = { type: 'PROCESS', payload: { event: 'STOPPED', process_name: 'sshd' } };

const directory = mkdtempSync(join(tmpdir(), 'medevac-duplicates-'));
const closings: (() => Promise<void>)[] = [];
let databases = 0;
after(async () => {
  for (const close of closings) await close();
  rmSync(directory, { recursive: true });
});

async function sqliteStores(): Promise<Stores> {
  databases += 1;
  const place = join(directory, String(databases));
  const opened = await openSqlite({ directory: place, clock: new ManualClock() });
  closings.push(() => opened.close());
  return opened.stores;
}

const IMPLEMENTATIONS = { memory: async () => openMemory(), SQLite: sqliteStores };

for (const [name, open] of Object.entries(IMPLEMENTATIONS)) {
  describe(`reports over ${name}`, () => {
    let api: ReturnType<typeof openApi>;
    before(async () => {
      api = await openProtected();
    });

    async function openProtected() {
      const opened = openApi({ stores: await open() });
      const segment = await addSegment(opened);
      await addHost(opened, segment.uuid);
      await addHost(opened, segment.uuid, { name: 'compute-02' });
      return opened;
    }

    test(`C5, D10: of ${COPIES} copies at once one is kept, the others are refused`, async () => {
      const answers = await Promise.all(
        Array.from({ length: COPIES }, (_, index) =>
          report(api, { generated_time: `2026-11-20T20:58:${String(index).padStart(2, '0')}` }),
        ),
      );
      const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
      assert.deepEqual(statuses, [202, ...Array<number>(COPIES - 1).fill(409)]);
      const listed = await api.ask({ url: '/v1/notifications' });
      assert.equal(listed.body.notifications.length, 1);
    });

    test('each refused copy is evidence of the incident, with who has sent it', async () => {
      const [kept] = (await api.ask({ url: '/v1/notifications' })).body.notifications;
      const { id } = await openIncident(api, kept!.notification_uuid as NotificationUuid);
      await report(api, { generated_time: '2026-11-20T20:59:00' });
      const evidence = await api.stores.incidents.readEvidence(id);
      assert.equal(evidence.length, COPIES + 1);
      const senders = new Set(evidence.slice(1).map(({ observer }) => observer));
      assert.deepEqual([...senders], ['admin-id/a3f9c8d27b1e4f50a6d1c2b3e4f50617']);
    });

    // Masakari refuses it for 180 s and never restarts the instance (pain point D11).
    test('a second crash of the same instance is a new event', async () => {
      const crash = async (time: string) =>
        (await report(api, { ...VM, generated_time: time })).status;
      assert.equal(await crash('2026-11-20T20:00:00.100'), 202);
      assert.equal(await crash('2026-11-20T20:00:00.180'), 409, 'told twice');
      assert.equal(await crash('2026-11-20T20:00:07'), 202);
      assert.equal(await crash('2026-11-20T20:00:00.100'), 409, 'posted again, late');
    });

    // Masakari puts the host on maintenance and then refuses what is said of the host (D12).
    test('a report about a process never mutes a report about its host', async () => {
      const fields = { hostname: 'compute-02' };
      assert.equal((await report(api, { ...fields, ...PROCESS })).status, 202);
      const [host] = await hostsNamed('compute-02');
      assert.equal(host?.on_maintenance, false);
      assert.equal((await report(api, fields)).status, 202);
    });

    async function hostsNamed(hostName: string) {
      const segments = (await api.ask({ url: '/v1/segments' })).body.segments;
      const url = `/v1/segments/${segments[0]!.uuid}/hosts?name=${hostName}`;
      return (await api.ask({ url })).body.hosts;
    }

    test('a report made after the end of the incident before is news, once', async () => {
      const other = await openProtected();
      const first = await report(other, { generated_time: '2026-11-20T21:00:00' });
      const uuid = first.body.notification.notification_uuid as NotificationUuid;
      await moveThrough(other, await openIncident(other, uuid), ['cancelled']);
      const late = await report(other, { generated_time: '2026-11-20T20:59:59' });
      assert.equal(late.status, 409, 'made before the end');
      const again = await Promise.all(
        [1, 2, 3].map((second) => report(other, { generated_time: `2026-11-20T21:00:0${second}` })),
      );
      const statuses = again.map(({ status }) => status).toSorted((a, b) => a - b);
      assert.deepEqual(statuses, [202, 409, 409]);
      const open = await other.stores.incidents.findOpen('compute-01' as HostName);
      assert.equal(open, undefined, 'the engine has not looked yet');
    });

    test('the payloads of a host that stopped and one that is not proven dead differ', async () => {
      const other = await openProtected();
      assert.equal((await report(other)).status, 202);
      const unknown = { ...HOST_STOPPED, host_status: 'UNKNOWN' };
      assert.equal((await report(other, { payload: unknown })).status, 202);
    });
  });
}
