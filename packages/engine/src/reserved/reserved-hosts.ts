/**
 * What is known of the reserved hosts of a segment: whether they report, who has them, and how many
 * of the instances that are left fit. Changes nothing.
 */
import type { ReservedHostFacts } from '@medevac/core';
import { type HostName, LIMITS, OperationalError } from '@medevac/kernel';
import type { Call, ProviderCapacity, Resources, Server } from '@medevac/openstack';
import type { Recovery } from '../recovery/context.ts';
import { type ReservationRecord, ReservationState } from '../stores/reservation-store.ts';
import type { HostRecord } from '../stores/segment-store.ts';

export interface ReservedHost {
  readonly record: HostRecord;
  readonly facts: ReservedHostFacts;
  /** Nova shows it for too short a time to say whether it reports. */
  readonly isUnclear: boolean;
}

const CLEAR_LOOK_MS = 1_000;

/** One report interval of the host, and a margin for its jitter. */
const silenceOf = ({ settings, watch }: Recovery, host: HostName): number =>
  watch.reportIntervalMs(host) + settings.timing.silenceMarginMs;

/**
 * Whether the host's nova-compute reports now. A watch that has only just begun, for instance after
 * a takeover, is waited for: it is clear after one silence.
 */
export async function reportsNow(
  recovery: Recovery,
  host: HostName,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    const reports = recovery.watch.reports(host, silenceOf(recovery, host));
    if (reports !== 'unclear') return reports === 'yes';
    await recovery.ports.clock.sleep(CLEAR_LOOK_MS, signal);
    await recovery.watch.refresh(host);
  }
}

export interface LeftInstances {
  readonly servers: readonly Server[];
  /** Names of reserved hosts where all of them have been tried. */
  readonly triedOn: ReadonlySet<string>;
}

/** The reserved hosts of the segment, and those that have become ordinary by serving this host. */
export async function readReservedHosts(
  recovery: Recovery,
  left: LeftInstances,
  call: Call,
): Promise<readonly ReservedHost[]> {
  const { incident, ports } = recovery;
  const { drains, reservations, incidents } = ports.stores;
  const open = await reservations.listOpen(LIMITS.runsPerReplica);
  const ours = await reservations.listOfIncident(incident.id);
  const used = ours.filter((one) => one.state === ReservationState.used);
  const hosts = await listCandidates(recovery, used);
  if (hosts.length === 0) return [];
  const rooms = await readRooms(recovery, left.servers, call);
  const all: ReservedHost[] = [];
  for (const record of hosts) {
    const reports = recovery.watch.reports(record.name, silenceOf(recovery, record.name));
    const holder = open.find((one) => one.hostUuid === record.uuid);
    const hasFailed = (await incidents.findOpen(record.name)) !== undefined;
    const isDrained = (await drains.findOpen(record.name)) !== undefined;
    const { createdAtMs, name: host } = record;
    const facts: ReservedHostFacts = {
      ...{ host, createdAtMs, heldBy: holderOf(recovery, holder) },
      isReporting: reports === 'yes',
      isKeptBack: record.onMaintenance || hasFailed || isDrained,
      isUsedByUs: used.some((one) => one.hostUuid === record.uuid),
      fits: fitting(host, left.servers, rooms),
      tried: left.triedOn.has(host) ? left.servers.length : 0,
    };
    all.push({ record, facts, isUnclear: reports === 'unclear' && !facts.isKeptBack });
  }
  return all;
}

function holderOf(
  { incident }: Recovery,
  holder: ReservationRecord | undefined,
): ReservedHostFacts['heldBy'] {
  if (holder === undefined) return 'nobody';
  const isOurs = holder.incidentId === incident.id && holder.state === ReservationState.held;
  return isOurs ? 'us' : 'another';
}

async function listCandidates(
  { incident, ports }: Recovery,
  used: readonly ReservationRecord[],
): Promise<readonly HostRecord[]> {
  const { segments } = ports.stores;
  const page = await segments.listHosts({
    filter: { segmentUuid: incident.segmentUuid, reserved: true },
    sort: [
      { key: 'createdAtMs', direction: 'asc' },
      { key: 'id', direction: 'asc' },
    ],
    limit: LIMITS.apiPageSize,
  });
  const reserved = page.kind === 'page' ? page.rows : [];
  const served: HostRecord[] = [];
  for (const { hostUuid } of used) {
    const record = await segments.readHost(hostUuid);
    if (record !== undefined && !record.reserved) served.push(record);
  }
  return [...served, ...reserved].filter((host) => host.uuid !== incident.hostUuid);
}

/** What Placement says is free; `undefined` when it does not answer: then nobody knows. */
async function readRooms(
  { ports }: Recovery,
  servers: readonly Server[],
  call: Call,
): Promise<readonly ProviderCapacity[] | undefined> {
  if (servers.length === 0) return undefined;
  const needs = servers.map(needOf);
  const least = (name: string): number => Math.min(...needs.map((need) => need[name] ?? 0));
  try {
    const query = { VCPU: least('VCPU'), MEMORY_MB: least('MEMORY_MB') };
    return await ports.capacity.listCapacity(query, call);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    ports.log.warn('reserved.room_unknown', { error: error.message });
    return undefined;
  }
}

/** How many of them the host takes, in their order; `undefined` where Placement names no host. */
function fitting(
  host: HostName,
  servers: readonly Server[],
  rooms: readonly ProviderCapacity[] | undefined,
): number | undefined {
  const room = rooms?.find((one) => one.name === host) ?? onlyShort(host, rooms);
  if (room === undefined) return undefined;
  const free = { ...room.free };
  let count = 0;
  for (const server of servers) {
    const need = Object.entries(needOf(server)).filter(([, amount]) => amount > 0);
    // A host whose disks are shared storage has no disk of its own to give.
    const isMeasured = need.filter(([name]) => name !== 'DISK_GB' || name in free);
    if (isMeasured.some(([name, amount]) => (free[name] ?? 0) < amount)) continue;
    for (const [name, amount] of isMeasured) free[name] = (free[name] ?? 0) - amount;
    count += 1;
  }
  return count;
}

/** Short and full names match only when unique. */
function onlyShort(
  host: HostName,
  rooms: readonly ProviderCapacity[] | undefined,
): ProviderCapacity | undefined {
  const short = (name: string): string => name.split('.')[0] ?? name;
  const alike = (rooms ?? []).filter((one) => short(one.name) === short(host));
  return alike.length === 1 ? alike[0] : undefined;
}

function needOf({ flavor, imageUuid }: Server): Resources {
  const root = imageUuid === null ? 0 : flavor.rootDiskGib;
  const swapGib = Math.ceil(flavor.swapMib / 1024);
  return {
    VCPU: flavor.vcpus,
    MEMORY_MB: flavor.memoryMib,
    DISK_GB: root + flavor.ephemeralDiskGib + swapGib,
  };
}
