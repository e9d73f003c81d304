/**
 * The states of the recorded cloud, put into the stores through their ports: each captured request
 * is sent over the state that the real Masakari had when it answered.
 */
import type { IncidentState, NotificationStatus } from '@medevac/core';
import type { NotificationType } from '@medevac/engine';
import type { HostName, HostUuid, NotificationUuid, SegmentUuid } from '@medevac/kernel';
import type { NotificationWire, RecoveryDetail } from '../../src/index.ts';
import { type ApiFixture, HOST_STOPPED } from '../api-fixture.ts';
import { addEvents, moveThrough, openIncident } from '../working-incident.ts';
import { readCapture } from './capture.ts';

const SECOND_MS = 1_000;

/** Puts a state into the stores. */
export type Prepare = (api: ApiFixture) => Promise<void>;

const addSegments =
  (segments: readonly (readonly [uuid: string, fields: object])[]): Prepare =>
  async (api) => {
    for (const [uuid, fields] of segments) {
      await api.stores.segments.createSegment(
        uuid as SegmentUuid,
        {
          name: 'live',
          description: null,
          serviceType: 'COMPUTE',
          recoveryMethod: 'auto',
          enabled: true,
          ...fields,
        },
        api.clock.wallMs(),
      );
    }
  };

const addHosts =
  (segment: string, hosts: readonly (readonly [uuid: string, name: string, fields: object])[]) =>
  async (api: ApiFixture): Promise<void> => {
    for (const [uuid, name, fields] of hosts) {
      await api.stores.segments.createHost(
        uuid as HostUuid,
        segment as SegmentUuid,
        {
          name: name as HostName,
          type: 'COMPUTE',
          controlAttributes: 'SSH',
          reserved: false,
          onMaintenance: false,
          ...fields,
        },
        api.clock.wallMs(),
      );
    }
  };

const inOrder =
  (...steps: readonly Prepare[]): Prepare =>
  async (api) => {
    for (const step of steps) await step(api);
  };

const nothing: Prepare = async () => {};
const ALPHA = '2f933b58-3d58-4358-b728-c91e31de0494';
const alpha = addSegments([[ALPHA, { name: 'alpha', description: 'first' }]]);
const fiveSegments = inOrder(
  alpha,
  addSegments([
    ['58b46774-28d4-4dee-a47e-2ed8ee502248', { name: 'beta', recoveryMethod: 'reserved_host' }],
    [
      'cf2aa915-a14f-43de-bc00-12b2b63e845f',
      { name: 'gamma', recoveryMethod: 'rh_priority', enabled: false },
    ],
    ['7eb831de-be0b-4a91-9397-83f37ff37231', { name: 'epsilon', recoveryMethod: 'auto_priority' }],
    ['8d9d19a6-73ee-48f0-ae5a-f8b99daf570e', { name: 'zeta', serviceType: 'compute' }],
  ]),
);

const LIVE = '1b86cbf6-9144-4cc6-a2a7-9c34c3fbcca9';
const twoSegments = addSegments([
  [LIVE, { name: 'live' }],
  ['14baa671-ea93-4568-8d56-6b05bc95efe1', { name: 'other' }],
]);
const oneHost = inOrder(
  twoSegments,
  addHosts(LIVE, [['ba7541d7-ada8-4c30-bd98-1b7bafb1ee1e', 'compute-01', {}]]),
);
const threeHosts = inOrder(
  oneHost,
  addHosts(LIVE, [
    ['a8b21120-f94d-44a6-9fee-895a7f74a0bf', 'compute-04', { reserved: true }],
    ['3e2df129-aefd-43b8-a667-dddd68fd69e4', 'compute-02', {}],
  ]),
);

const LIVE2 = '2209ed1b-48c8-46e3-a5d8-bce57e26396c';
const COMPUTE_02 = 'a54610b4-e856-4362-9c61-add9a50cda7e';
const twoHosts = inOrder(
  addSegments([[LIVE2, { name: 'live2' }]]),
  addHosts(LIVE2, [
    ['379ba7c4-dc70-40c9-a57f-a5b0afb8dced', 'compute-01', {}],
    [COMPUTE_02, 'compute-02', {}],
  ]),
);
const onMaintenance: Prepare = async (api) => {
  await twoHosts(api);
  const change = { onMaintenance: true };
  await api.stores.segments.updateHost(COMPUTE_02 as HostUuid, change, api.clock.wallMs());
};
const reported = (uuid: string, type: 'COMPUTE_HOST' | 'VM', payload: object): Prepare =>
  inOrder(twoHosts, async (api) => {
    await api.stores.notifications.create(
      {
        uuid: uuid as NotificationUuid,
        type,
        hostUuid: COMPUTE_02 as HostUuid,
        hostName: 'compute-02' as HostName,
        segmentUuid: LIVE2 as SegmentUuid,
        generatedAtMs: Date.UTC(2026, 10, 20, 20, 58, 9),
        payload: { ...payload },
        reportedBy: 'a monitor',
        createdAtMs: api.clock.wallMs(),
      },
      180 * SECOND_MS,
    );
  });
const VM_STOPPED = {
  event: 'LIFECYCLE',
  instance_uuid: '6f14551e-8006-4e5a-9158-490c141b2b78',
  vir_domain_event: 'STOPPED_FAILED',
};
const VM_REPORT = 'a17ab32d-d02f-4a85-85b5-6a25a5dc1ae4';
const REPORT = 'd7163156-966c-43c0-8638-68dfe0fac341' as NotificationUuid;
const settledReport = inOrder(
  reported(REPORT, 'VM', { ...VM_STOPPED, vir_domain_event: 'STARTED' }),
  async (api) => {
    await api.stores.notifications.settle(
      REPORT,
      'ignored',
      'no event of ours',
      api.clock.wallMs(),
    );
  },
);
const workedOn = inOrder(reported(REPORT, 'COMPUTE_HOST', HOST_STOPPED), async (api) => {
  await moveThrough(api, await openIncident(api, REPORT), ['fencing']);
});

const disabledSegment: Prepare = async (api) => {
  await twoHosts(api);
  const change = { enabled: false };
  await api.stores.segments.updateSegment(LIVE2 as SegmentUuid, change, api.clock.wallMs());
};
/** As Masakari leaves a host after a report about one of its processes. */
const muted: Prepare = async (api) => {
  await twoHosts(api);
  const change = { onMaintenance: true };
  const host = '379ba7c4-dc70-40c9-a57f-a5b0afb8dced' as HostUuid;
  await api.stores.segments.updateHost(host, change, api.clock.wallMs());
};
const changedAlpha = (fields: object): Prepare =>
  addSegments([[ALPHA, { name: 'alpha2', description: 'changed', ...fields }]]);

type Recorded = NotificationWire & {
  readonly recovery_workflow_details?: readonly RecoveryDetail[];
};

/** Masakari writes times without a zone; all of them are UTC. */
const msOf = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

async function addRecorded(api: ApiFixture, recorded: Recorded): Promise<void> {
  const uuid = recorded.notification_uuid as NotificationUuid;
  await api.stores.notifications.create(
    {
      uuid,
      type: recorded.type as NotificationType,
      hostUuid: recorded.source_host_uuid as HostUuid,
      hostName: 'compute-02' as HostName,
      segmentUuid: LIVE2 as SegmentUuid,
      generatedAtMs: msOf(recorded.generated_time),
      payload: recorded.payload,
      reportedBy: 'a monitor',
      createdAtMs: msOf(recorded.created_at),
    },
    0,
  );
  const details = recorded.recovery_workflow_details ?? [];
  if (details.length === 0) {
    const status = recorded.status as NotificationStatus;
    await api.stores.notifications.settle(uuid, status, 'as recorded', api.clock.wallMs());
    return;
  }
  const incident = await openIncident(api, uuid);
  for (const { name, progress_details } of details) {
    const lines = progress_details.map(({ message, progress, timestamp }) => ({
      ...{ step: name, message, progress: Number(progress), failed: false },
      atMs: msOf(timestamp),
    }));
    await addEvents(api, incident, lines);
  }
  const toTheEnd: readonly IncidentState[] = ['fencing', 'planning', 'recovered'];
  await moveThrough(api, incident, toTheEnd);
}

/** The notification of a recorded answer, in the state that the answer shows. */
const recordedIn = (name: string): Prepare =>
  inOrder(twoHosts, async (api) => {
    const { notification } = readCapture(name).answer.body as { notification: Recorded };
    await addRecorded(api, notification);
  });
/** All notifications of the recorded cloud, in the order in which they came. */
const allNotifications: Prepare = inOrder(twoHosts, async (api) => {
  const body = readCapture('notification-list').answer.body as { notifications: Recorded[] };
  for (const one of body.notifications.toReversed()) await addRecorded(api, one);
});
const SHOWN = [
  'notification-show-vm-finished',
  'notification-show-vm-finished-1.1',
  'notification-show-vm-finished-1.0',
  'notification-show-vm-not-ha',
  'notification-show-vm-error',
  'notification-show-vm-after-retry',
  'notification-show-host-started',
  'notification-show-host-unknown-status',
  'notification-show-process',
  'notification-show-process-other',
  'notification-show-segment-disabled',
];

/** Which captures are sent over which state. */
export const CASES: readonly (readonly [prepare: Prepare, captures: readonly string[]])[] = [
  [
    nothing,
    [
      'versions-root',
      'versions-v1',
      'versions-v1-notoken',
      'extensions-list',
      'versions-v1-noslash',
      'versions-v1-project',
      'versions-v1-project-slash',
      'versions-root-versions',
      'unknown-path',
      'unknown-root-path',
      'microversion-default',
      'microversion-1.0',
      'microversion-1.2',
      'microversion-latest',
      'microversion-0.9',
      'microversion-garbage',
      'microversion-other-service',
      'auth-none',
      'auth-bad',
      'auth-member-list',
      'auth-member-create',
      'auth-other-project',
      'segment-create-1.2',
      'segment-create-1.0',
      'segment-create-disabled',
      'segment-create-auto-priority',
      'segment-create-lower-service-type',
      'segment-create-enabled-at-1.1',
      'segment-create-bad-method',
      'segment-create-no-name',
      'segment-create-empty-name',
      'segment-create-space-name',
      'segment-create-long-name',
      'segment-create-unknown-property',
      'segment-create-bad-enabled',
      'segment-create-no-body',
      'segment-create-bad-json',
      'segment-create-wrong-wrapper',
      'segment-list-bad-limit',
      'segment-list-negative-limit',
      'segment-list-bad-marker',
      'segment-list-bad-sort',
      'segment-list-detail',
      'segment-show-unknown',
      'segment-show-not-uuid',
      'segment-update-unknown',
      'segment-patch',
      'segment-delete-unknown',
      'notification-list-bad-since',
      'notification-list-bad-type',
      'notification-list-detail',
      'notification-show-unknown',
    ],
  ],
  [
    fiveSegments,
    [
      'segment-create-duplicate',
      'segment-list',
      'segment-list-1.0',
      'segment-list-filter',
      'segment-list-filter-enabled',
      'segment-list-filter-service-type',
      'segment-list-marker',
      'segment-list-marker-number',
      'microversion-1.3',
      'segment-list-filter-bad-method',
      'segment-list-limit',
      'segment-list-unknown-query',
      'segment-show',
      'segment-show-1.0',
      'segment-update',
      'segment-update-bad-method',
      'segment-update-duplicate',
      'segment-update-empty',
      'segment-update-enabled-1.0',
      'segment-delete',
    ],
  ],
  [twoSegments, ['host-create', 'host-create-reserved', 'host-create-string-bool']],
  [
    oneHost,
    [
      'host-create-duplicate',
      'host-create-other-segment',
      'host-create-not-in-nova',
      'host-create-unknown-segment',
      'host-create-no-type',
      'host-create-no-control',
      'host-create-bad-bool',
      'host-create-unknown-property',
    ],
  ],
  [
    threeHosts,
    [
      'host-list',
      'host-list-detail',
      'host-list-filter-reserved',
      'host-list-filter-maintenance',
      'host-list-filter-type',
      'host-list-filter-control',
      'host-list-filter-bad-bool',
      'host-list-limit',
      'host-list-unknown-segment',
      'host-show',
      'host-show-unknown',
      'host-show-not-uuid',
      'host-show-other-segment',
      'host-update',
      'host-update-back',
      'host-update-name-unknown',
      'host-update-name-taken',
      'host-update-empty',
      'host-update-unknown',
      'host-update-bad',
      'host-delete-unknown',
      'segment-delete-with-hosts',
    ],
  ],
  [
    twoHosts,
    [
      'notification-create-vm',
      'notification-create-vm-not-ha',
      'notification-create-vm-other-event',
      'notification-create-vm-unknown-instance',
      'notification-create-unknown-host',
      'notification-create-bad-type',
      'notification-create-vm-no-uuid',
      'notification-create-no-payload',
      'notification-create-empty-payload',
      'notification-create-bad-time',
      'notification-create-tz-time',
      'notification-create-bad-host-status',
      'notification-create-bad-cluster-status',
      'notification-create-bad-host-event',
      'notification-create-host-unknown-status',
      'notification-create-host-started',
      'notification-create-process-other',
      'notification-create-process',
      'notification-create-process-bad-event',
      'segment-disable',
      'host-delete',
    ],
  ],
  [
    onMaintenance,
    [
      'notification-create-on-maintenance',
      'notification-create-process-started',
      'host-show-after-process',
    ],
  ],
  [muted, ['host-show-after-process-other']],
  [disabledSegment, ['notification-create-segment-disabled']],
  [changedAlpha({}), ['segment-update-method']],
  [changedAlpha({ recoveryMethod: 'auto_priority' }), ['segment-update-enabled']],
  [
    changedAlpha({ recoveryMethod: 'auto_priority', enabled: false }),
    ['segment-update-service-type'],
  ],
  [
    allNotifications,
    [
      'notification-list',
      'notification-list-1.0',
      'notification-list-type',
      'notification-list-status',
      'notification-list-host',
      'notification-list-since',
      'notification-list-limit',
      'notification-list-limit-too-big',
    ],
  ],
  ...SHOWN.map((name) => [recordedIn(name), [name]] as const),
  [
    settledReport,
    ['notification-show-vm-ignored', 'vmoves-list', 'notification-update', 'notification-delete'],
  ],
  [
    reported(VM_REPORT, 'VM', VM_STOPPED),
    ['notification-create-vm-duplicate', 'notification-show-just-created'],
  ],
  [
    workedOn,
    ['segment-update-in-use', 'segment-delete-in-use', 'host-update-in-use', 'host-delete-in-use'],
  ],
];
