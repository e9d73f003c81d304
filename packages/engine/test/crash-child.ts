/**
 * One life of a replica on a real SQLite file. The cloud lives in the parent process and is reached
 * by messages, so that it outlives this one. Arguments: directory, then `none`, `before N` or
 * `after N`: the process kills itself around its outside call number N.
 */
import { trustedReports } from '@medevac/fencing';
import {
  type HostName,
  type HostUuid,
  type NotificationUuid,
  type ReplicaId,
  type SegmentUuid,
  silentLog,
  systemClock,
  systemRandom,
} from '@medevac/kernel';
import type {
  Aggregates,
  Capacity,
  Images,
  InstanceActions,
  Nova,
  Placement,
  ServerGroups,
} from '@medevac/openstack';
import { openSqlite, type Stores } from '@medevac/store';
import { DEFAULT_RULES, DEFAULT_TIMING, Engine } from '../src/index.ts';

const [directory = '', kind = 'none', number = '0'] = process.argv.slice(2);
const SEGMENT = '00000000-0000-4000-8000-000000000001' as SegmentUuid;
const HOST = '00000000-0000-4000-8000-000000000002' as HostUuid;
const REPORT = '00000000-0000-4000-8000-000000000003' as NotificationUuid;
const TIMING = { ...DEFAULT_TIMING, silenceMarginMs: 50, callSettleMs: 250, pollMs: 20 };

interface Answer {
  readonly id: number;
  readonly value?: unknown;
}

let calls = 0;
const waiting = new Map<number, (answer: Answer) => void>();
process.on('message', (message) => {
  const answer = message as Answer;
  waiting.get(answer.id)?.(answer);
  waiting.delete(answer.id);
});

function dieAt(point: string, count: number): void {
  if (kind === point && Number(number) === count) process.kill(process.pid, 'SIGKILL');
}

/** Every member asks the parent. */
const cloud = new Proxy(
  {} as Nova & Placement & Capacity & Aggregates & InstanceActions & ServerGroups & Images,
  {
    get:
      (_target, name) =>
      async (...parameters: readonly unknown[]) => {
        const id = ++calls;
        dieAt('before', id);
        const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
        process.send?.({ id, name, parameters: parameters.slice(0, -1) });
        const { value } = await answered;
        dieAt('after', id);
        return value;
      },
  },
);

/** The segment, its host and the report, unless an earlier life has kept them. */
async function keepReport({ segments, notifications }: Stores): Promise<void> {
  const segment = { name: 's', description: null, serviceType: 'COMPUTE', enabled: true } as const;
  const nowMs = systemClock.wallMs();
  await segments.createSegment(SEGMENT, { ...segment, recoveryMethod: 'auto' }, nowMs);
  const fields = { type: 'KVM', controlAttributes: 'SSH', reserved: false, onMaintenance: false };
  const name = 'dead' as HostName;
  await segments.createHost(HOST, SEGMENT, { ...fields, name }, nowMs);
  const report = {
    uuid: REPORT,
    type: 'COMPUTE_HOST',
    hostUuid: HOST,
    hostName: name,
    segmentUuid: SEGMENT,
    generatedAtMs: nowMs,
    payload: { event: 'STOPPED', host_status: 'NORMAL', cluster_status: 'OFFLINE' },
    reportedBy: 'monitor',
    createdAtMs: nowMs,
  } as const;
  await notifications.create(report, 0);
}

const opened = await openSqlite({ directory, clock: systemClock });
const { journal, leases, ...stores } = opened.stores;
if ((await stores.notifications.read(REPORT)) === undefined) await keepReport(opened.stores);
const engine = new Engine({
  ports: {
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    replica: `process-${process.pid}` as ReplicaId,
    nova: cloud,
    placement: cloud,
    capacity: cloud,
    aggregates: cloud,
    actions: cloud,
    serverGroups: cloud,
    images: cloud,
    stores,
    hooks: [],
    fenceDevices: [trustedReports],
  },
  settings: {
    ...DEFAULT_RULES,
    storage: 'shared',
    reportIntervalMs: 100,
    keepHistoryMs: 86_400_000,
    timing: TIMING,
  },
  journal,
  leases,
  leaseMs: 10_000,
  isSoleProcess: true,
});
engine.start();
for (;;) {
  const status = (await stores.notifications.read(REPORT))?.status;
  if (status === 'finished' || status === 'failed' || status === 'ignored') break;
  await systemClock.sleep(10);
}
await engine.stop();
const notification = await stores.notifications.read(REPORT);
const page = await stores.vmoves.list({ filter: {}, sort: [], limit: 100 });
const host = await stores.segments.readHost(HOST);
const run = await journal.readRun(`host-failure/${notification?.incidentId}` as never);
await opened.close();
process.send?.({ ending: { calls, notification, page, host, run } }, () => process.disconnect());
