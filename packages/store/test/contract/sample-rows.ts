/** Rows to test with: valid ones with the fields that a test does not care about filled in. */
import assert from 'node:assert/strict';
import type {
  HostFields,
  IncidentRecord,
  NewDrain,
  NewEvidence,
  NewIncident,
  NewNotification,
  NewReturn,
  NewVmove,
  SegmentFields,
} from '@medevac/engine';
import type { HostName, ReplicaId } from '@medevac/kernel';
import type { NewRun, StepRecord, Tenure } from '@medevac/workflow';
import type { Stores } from '../../src/index.ts';

/** Number `n` as a UUID; a test names rows by numbers. */
export const uuid = <Id extends string>(n: number): Id =>
  `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` as Id;

export const hostName = (name: string): HostName => name as HostName;
export const replica = (name: string): ReplicaId => name as ReplicaId;

export const segmentFields = (change: Partial<SegmentFields> = {}): SegmentFields => ({
  name: 'rack-1',
  description: null,
  serviceType: 'COMPUTE',
  recoveryMethod: 'auto',
  enabled: true,
  ...change,
});

export const hostFields = (change: Partial<HostFields> = {}): HostFields => ({
  name: hostName('compute-1'),
  type: 'KVM',
  controlAttributes: 'SSH',
  reserved: false,
  onMaintenance: false,
  ...change,
});

export const newNotification = (
  n: number,
  change: Partial<NewNotification> = {},
): NewNotification => ({
  uuid: uuid(n),
  type: 'COMPUTE_HOST',
  hostUuid: uuid(10),
  hostName: hostName('compute-1'),
  segmentUuid: uuid(1),
  generatedAtMs: 1_000_000,
  payload: { event: 'STOPPED', n: String(n) },
  reportedBy: 'monitor',
  createdAtMs: 1_000_000 + n,
  ...change,
});

export const newIncident = (n: number, change: Partial<NewIncident> = {}): NewIncident => ({
  id: uuid(n),
  hostUuid: uuid(10),
  hostName: hostName('compute-1'),
  segmentUuid: uuid(1),
  openedAtMs: 2_000_000 + n,
  ...change,
});

export const newEvidence = (change: Partial<NewEvidence> = {}): NewEvidence => ({
  kind: 'failure',
  source: 'notification',
  observer: 'monitor',
  content: { event: 'STOPPED' },
  receivedAtMs: 2_000_000,
  ...change,
});

export const newVmove = (n: number, change: Partial<NewVmove> = {}): NewVmove => ({
  uuid: uuid(n),
  incidentId: uuid(900),
  instanceUuid: uuid(n + 5_000),
  instanceName: `vm-${n}`,
  sourceHost: hostName('compute-1'),
  type: 'evacuation',
  status: 'pending',
  message: null,
  before: { vmState: 'active', taskState: null, powerState: 1, locked: false },
  createdAtMs: 3_000_000 + n,
  ...change,
});

export const newReturn = (change: Partial<NewReturn> = {}): NewReturn => ({
  incidentId: uuid(900),
  hostUuid: uuid(10),
  hostName: hostName('compute-1'),
  serviceUuid: uuid(20),
  silentStamp: '2026-01-01T00:00:00.000000',
  wasEnabled: true,
  createdAtMs: 4_000_000,
  ...change,
});

export const newDrain = (change: Partial<NewDrain> = {}): NewDrain => ({
  id: uuid(600),
  hostUuid: uuid(10),
  hostName: hostName('compute-1'),
  segmentUuid: uuid(1),
  parallel: 2,
  deadlineMs: 7_200_000,
  askedBy: 'operator',
  note: null,
  openedAtMs: 5_000_000,
  ...change,
});

export const newRun = (id: string, change: Partial<NewRun> = {}): NewRun => ({
  id: id as NewRun['id'],
  workflow: 'host-failure',
  version: 1,
  input: { incident: 'i' },
  createdAtMs: 1_000,
  ...change,
});

export const stepRecord = (path: string, change: Partial<StepRecord> = {}): StepRecord => ({
  runId: 'run' as StepRecord['runId'],
  path,
  state: 'attempting',
  attempt: 1,
  startedAtMs: 1_000,
  spentMs: 7,
  nextAttemptAtMs: null,
  result: null,
  error: null,
  ...change,
});

/** A fresh lease taken by a replica. */
export async function takeTenure(stores: Stores, lease = 'recovery'): Promise<Tenure> {
  const tenure = await stores.leases.take(lease, undefined, replica('r1'));
  assert.ok(tenure !== undefined);
  return tenure;
}

/** A tenure that is over, because another replica has taken the lease since. */
export async function staleTenure(stores: Stores, lease = 'taken-over'): Promise<Tenure> {
  const tenure = await takeTenure(stores, lease);
  assert.ok(await stores.leases.take(lease, { epoch: 1, beat: 0 }, replica('r2')));
  return tenure;
}

/** Opens an incident through a notification of its own. */
export async function openIncident(
  stores: Stores,
  n: number,
  change: Partial<NewIncident> = {},
): Promise<IncidentRecord> {
  const incident = newIncident(n, change);
  const { hostUuid, segmentUuid } = incident;
  const notification = newNotification(n + 70_000, {
    hostName: incident.hostName,
    hostUuid,
    segmentUuid,
  });
  const created = await stores.notifications.create(notification, 0);
  assert.equal(created.kind, 'created');
  const opened = await stores.incidents.openOrJoin(incident, notification.uuid, newEvidence());
  assert.ok(opened.kind === 'opened');
  return opened.incident;
}
