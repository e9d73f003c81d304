/** Reports about instances and processes of the host `dead`, which lives here, and their ends. */
import assert from 'node:assert/strict';
import type { HostName, InstanceUuid, NotificationUuid } from '@medevac/kernel';
import type { NotificationType, RepairRecord } from '../src/index.ts';
import { EngineBench } from './engine-bench.ts';

export const CRASHED = { event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED' } as const;
const counts = new WeakMap<EngineBench, number>();

export interface RepairBench {
  readonly bench: EngineBench;
  readonly instance: InstanceUuid;
}

/** One instance on a living host whose owner wants it brought back. */
export async function openRepairBench(metadata = { HA_Enabled: 'True' }): Promise<RepairBench> {
  const bench = await EngineBench.open(0);
  const instance = bench.nova.addServer('dead', { metadata });
  return { bench, instance };
}

export async function send(
  bench: EngineBench,
  type: NotificationType,
  payload: Readonly<Record<string, string>>,
): Promise<NotificationUuid> {
  const number = (counts.get(bench) ?? 0) + 1;
  counts.set(bench, number);
  const uuid = `00000000-0000-4000-c000-${String(number).padStart(12, '0')}` as NotificationUuid;
  const created = await bench.stores.notifications.create(
    {
      uuid,
      type,
      hostUuid: bench.hostUuid(0),
      hostName: 'dead' as HostName,
      segmentUuid: bench.segmentUuid,
      generatedAtMs: bench.clock.wallMs() + number * 1_000,
      payload,
      reportedBy: `monitor-${number}`,
      createdAtMs: bench.clock.wallMs(),
    },
    0,
  );
  assert.equal(created.kind, 'created');
  for (const { engine } of bench.replicas) engine.nudge();
  return uuid;
}

export const reportCrash = (
  { bench, instance }: RepairBench,
  event: Readonly<Record<string, string>> = CRASHED,
): Promise<NotificationUuid> => send(bench, 'VM', { ...event, instance_uuid: instance });

export const reportProcess = (
  bench: EngineBench,
  event: 'STOPPED' | 'STARTED' = 'STOPPED',
  process = 'nova-compute',
): Promise<NotificationUuid> => send(bench, 'PROCESS', { event, process_name: process });

export async function repairOf(
  bench: EngineBench,
  notification: NotificationUuid,
): Promise<RepairRecord> {
  const repair = await bench.stores.repairs.ofNotification(notification);
  assert.ok(repair !== undefined, 'the notification has a repair');
  return repair;
}

/** Lets time pass until the repair is closed; answers its notification. */
export async function untilClosed(
  bench: EngineBench,
  notification: NotificationUuid,
  limitMs?: number,
) {
  await bench.until(async () => {
    const repair = await bench.stores.repairs.ofNotification(notification);
    return repair !== undefined && repair.closedAtMs !== null;
  }, limitMs);
  return await bench.notification(notification);
}

/** Its timeline as operators see it. */
export async function timelineOf(
  bench: EngineBench,
  notification: NotificationUuid,
): Promise<readonly string[]> {
  const { id } = await repairOf(bench, notification);
  const lines = await bench.stores.repairs.readEvents(id);
  return lines.map((line) => `${line.step}: ${line.message}${line.failed ? ' (failed)' : ''}`);
}

/** Writes to Nova about instances, by the fake's names. */
export const instanceWrites = (bench: EngineBench): readonly string[] =>
  bench.nova.writes.filter((one) => !one.startsWith('PUT'));
