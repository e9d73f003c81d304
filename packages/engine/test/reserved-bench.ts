/** A bench whose segment has reserved hosts, and what became of them. */
import assert from 'node:assert/strict';
import type { HostName } from '@medevac/kernel';
import type { RecoveryMethod } from '../src/index.ts';
import { EngineBench } from './engine-bench.ts';

const RESERVED_REASON = 'kept in reserve';

export async function openReserved(
  method: RecoveryMethod,
  instances: number,
  reserved: Readonly<Record<string, number>>,
): Promise<EngineBench> {
  const bench = await EngineBench.open(instances);
  const { segments } = bench.stores;
  await segments.updateSegment(bench.segmentUuid, { recoveryMethod: method }, 1);
  for (const [index, [name, room]] of Object.entries(reserved).entries()) {
    const host = bench.nova.addHost(name, room);
    host.status = 'disabled';
    host.disabledReason = RESERVED_REASON;
    await segments.createHost(
      bench.hostUuid(50 + index),
      bench.segmentUuid,
      {
        name: name as HostName,
        type: 'KVM',
        controlAttributes: 'SSH',
        reserved: true,
        onMaintenance: false,
      },
      bench.clock.wallMs() + index,
    );
  }
  return bench;
}

export async function reservations(bench: EngineBench): Promise<readonly string[]> {
  const incident = await bench.incident();
  assert.ok(incident !== undefined);
  const rows = await bench.stores.reservations.listOfIncident(incident.id);
  return rows.map((row) => `${row.hostName} ${row.state}`);
}

export async function isReserved(bench: EngineBench, index: number): Promise<boolean | undefined> {
  return (await bench.stores.segments.readHost(bench.hostUuid(50 + index)))?.reserved;
}

export function whereTo(bench: EngineBench): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { host } of bench.nova.servers.values()) {
    counts[host ?? 'nowhere'] = (counts[host ?? 'nowhere'] ?? 0) + 1;
  }
  return counts;
}

export async function path(bench: EngineBench): Promise<readonly string[]> {
  const incident = await bench.incident();
  const events = await bench.stores.incidents.readEvents(incident!.id);
  return events.map((one) => one.message).filter((text) => text.startsWith('Way '));
}

/** Nothing of the reserved host is left changed. */
export function assertAsBefore(bench: EngineBench, name: string): void {
  const { status, disabledReason, forcedDown } = bench.nova.host(name);
  assert.deepEqual([status, disabledReason, forcedDown], ['disabled', RESERVED_REASON, false]);
}

/** Time for what was not needed to be given back. */
export const settle = (bench: EngineBench): Promise<void> => bench.clock.advance(120_000);
