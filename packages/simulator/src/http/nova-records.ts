/** Our own types as Nova writes them, the other way round of the client's parsing. */
import type { InstanceUuid, Json } from '@medevac/kernel';
import type { Migration, Server, ServiceView } from '@medevac/openstack';

export function serviceRecord(view: ServiceView): Json {
  if (view.kind === 'unseen') {
    return { binary: 'nova-compute', host: view.host, status: 'UNKNOWN' };
  }
  return {
    binary: 'nova-compute',
    host: view.host,
    id: view.uuid,
    zone: 'nova',
    status: view.status,
    state: view.state,
    updated_at: view.updatedAt,
    disabled_reason: view.disabledReason,
    forced_down: view.forcedDown,
  };
}

export function serverRecord(server: Server): Json {
  return {
    id: server.uuid,
    name: server.name,
    status: statusOf(server),
    tenant_id: server.projectId,
    metadata: server.metadata,
    image: server.imageUuid === null ? '' : { id: server.imageUuid, links: [] },
    created: server.createdAt,
    updated: server.updatedAt,
    'OS-EXT-SRV-ATTR:host': server.host,
    'OS-EXT-SRV-ATTR:hypervisor_hostname': server.host,
    'OS-EXT-STS:task_state': server.taskState,
    'OS-EXT-STS:vm_state': server.vmState,
    'OS-EXT-STS:power_state': server.powerState,
    locked: server.locked,
    locked_reason: server.lockedReason,
    tags: server.tags,
    flavor: {
      original_name: server.flavor.name,
      vcpus: server.flavor.vcpus,
      ram: server.flavor.memoryMib,
      disk: server.flavor.rootDiskGib,
      ephemeral: server.flavor.ephemeralDiskGib,
      swap: server.flavor.swapMib,
      extra_specs: server.flavor.extraSpecs,
    },
    'os-extended-volumes:volumes_attached': server.volumes.map((id) => ({ id })),
    links: [],
  };
}

/** All that Nova tells of an instance whose cell is down. */
export const unseenServerRecord = (uuid: InstanceUuid): Json => ({
  id: uuid,
  status: 'UNKNOWN',
  links: [],
});

export const migrationRecord = (migration: Migration): Json => ({
  id: migration.id,
  uuid: migrationUuid(migration),
  source_compute: migration.sourceHost,
  source_node: migration.sourceHost,
  dest_compute: migration.destHost,
  dest_node: migration.destHost,
  dest_host: null,
  old_instance_type_id: null,
  new_instance_type_id: null,
  instance_uuid: migration.instanceUuid,
  status: migration.status,
  migration_type: migration.type,
  created_at: migration.createdAt,
  updated_at: migration.updatedAt,
});

/** The world numbers its migrations; the UUID that Nova pages by is made from the number. */
export const migrationUuid = (migration: Migration): string =>
  `00000000-0000-4000-8000-${migration.id.toString(16).padStart(12, '0')}`;

const STATUS_OF_STATE: Readonly<Record<string, string>> = {
  active: 'ACTIVE',
  building: 'BUILD',
  stopped: 'SHUTOFF',
  paused: 'PAUSED',
  suspended: 'SUSPENDED',
  rescued: 'RESCUE',
  resized: 'VERIFY_RESIZE',
  shelved: 'SHELVED',
  shelved_offloaded: 'SHELVED_OFFLOADED',
  'soft-delete': 'SOFT_DELETED',
  deleted: 'DELETED',
  error: 'ERROR',
};

/** Nova's word for people: the task counts for more than the state while it is a rebuild. */
function statusOf({ vmState, taskState }: Server): string {
  const isRebuilding = taskState?.startsWith('rebuild') === true;
  if (isRebuilding && ['active', 'stopped', 'error'].includes(vmState)) return 'REBUILD';
  return STATUS_OF_STATE[vmState] ?? 'UNKNOWN';
}
