/** Nova's answers as JSON, and their way into our own types. */
import type { HostName, InstanceUuid, ServiceUuid } from '@medevac/kernel';
import { type Static, type TSchema, Type } from 'typebox';
import { type ParseLabel, parseShape, shapeOf } from '../http/answer-shape.ts';
import type { ComputeService, Flavor, Migration, Server, ServiceView } from './nova.ts';

const orNull = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const Name = Type.String({ minLength: 1 });

const ServiceSchema = Type.Object({
  id: Name,
  binary: Type.String(),
  host: Name,
  status: Type.Enum(['enabled', 'disabled']),
  state: Type.Enum(['up', 'down']),
  updated_at: orNull(Type.String()),
  disabled_reason: orNull(Type.String()),
  forced_down: Type.Boolean(),
});
/** All that is known of any entry; a down cell gives no more than this. */
const ServiceHeadSchema = Type.Object({
  binary: Type.String(),
  host: Name,
  status: Type.String(),
});

const FlavorSchema = Type.Object({
  original_name: Type.String(),
  vcpus: Type.Number(),
  ram: Type.Number(),
  disk: Type.Number(),
  ephemeral: Type.Number(),
  swap: Type.Number(),
  extra_specs: Type.Optional(Type.Record(Type.String(), Type.String())),
});

const ServerSchema = Type.Object({
  id: Name,
  name: Type.String(),
  tenant_id: Type.String(),
  metadata: Type.Record(Type.String(), Type.String()),
  image: Type.Union([Type.Object({ id: Type.String() }), Type.Literal(''), Type.Null()]),
  created: Type.String(),
  updated: Type.String(),
  locked: Type.Boolean(),
  locked_reason: orNull(Type.String()),
  tags: Type.Array(Type.String()),
  flavor: FlavorSchema,
  'os-extended-volumes:volumes_attached': Type.Array(Type.Object({ id: Type.String() })),
  'OS-EXT-SRV-ATTR:host': orNull(Type.String()),
  'OS-EXT-STS:vm_state': Type.String(),
  'OS-EXT-STS:task_state': orNull(Type.String()),
  'OS-EXT-STS:power_state': Type.Number(),
});
const ServerHeadSchema = Type.Object({ id: Name, status: Type.String() });

const LinksSchema = Type.Optional(Type.Array(Type.Object({ rel: Type.String() })));

const MigrationSchema = Type.Object({
  id: Type.Number(),
  uuid: Name,
  instance_uuid: Name,
  migration_type: Type.String(),
  status: Type.String(),
  source_compute: orNull(Type.String()),
  dest_compute: orNull(Type.String()),
  created_at: Type.String(),
  updated_at: orNull(Type.String()),
});

const shapes = {
  serviceHead: shapeOf(ServiceHeadSchema),
  service: shapeOf(ServiceSchema),
  server: shapeOf(ServerSchema),
  serverHead: shapeOf(ServerHeadSchema),
};
export const ServiceListShape = shapeOf(Type.Object({ services: Type.Array(Type.Unknown()) }));
export const ServiceAnswerShape = shapeOf(Type.Object({ service: Type.Unknown() }));
export const ServerListShape = shapeOf(
  Type.Object({ servers: Type.Array(ServerHeadSchema), servers_links: LinksSchema }),
);
export const ServerAnswerShape = shapeOf(Type.Object({ server: Type.Unknown() }));
export const MigrationListShape = shapeOf(
  Type.Object({ migrations: Type.Array(MigrationSchema), migrations_links: LinksSchema }),
);

export type MigrationAnswer = Static<typeof MigrationSchema>;

/** `undefined` for a service of another kind than nova-compute. */
export function parseServiceView(value: unknown, what: ParseLabel): ServiceView | undefined {
  const head = parseShape(shapes.serviceHead, value, what);
  if (head.binary !== 'nova-compute') return undefined;
  if (head.status === 'UNKNOWN') return { kind: 'unseen', host: head.host as HostName };
  return parseService(value, what);
}

export function parseService(value: unknown, what: ParseLabel): ComputeService {
  const service = parseShape(shapes.service, value, what);
  return {
    kind: 'seen',
    uuid: service.id as ServiceUuid,
    host: service.host as HostName,
    status: service.status,
    disabledReason: service.disabled_reason,
    state: service.state,
    forcedDown: service.forced_down,
    updatedAt: service.updated_at,
  };
}

/** `unseen`: the cell of the instance is down and the record holds its identity only. */
export type ServerView =
  | { readonly kind: 'seen'; readonly server: Server }
  | { readonly kind: 'unseen'; readonly uuid: InstanceUuid };

export function parseServerView(value: unknown, what: ParseLabel): ServerView {
  const head = parseShape(shapes.serverHead, value, what);
  const isPartial =
    typeof value === 'object' && value !== null && !('OS-EXT-STS:vm_state' in value);
  if (head.status === 'UNKNOWN' && isPartial) {
    return { kind: 'unseen', uuid: head.id as InstanceUuid };
  }
  const server = parseShape(shapes.server, value, what);
  const host = server['OS-EXT-SRV-ATTR:host'];
  return {
    kind: 'seen',
    server: {
      uuid: server.id as InstanceUuid,
      name: server.name,
      host: host === null || host === '' ? null : (host as HostName),
      projectId: server.tenant_id,
      vmState: server['OS-EXT-STS:vm_state'],
      taskState: server['OS-EXT-STS:task_state'],
      powerState: server['OS-EXT-STS:power_state'],
      locked: server.locked,
      lockedReason: server.locked_reason,
      tags: server.tags,
      flavor: parseFlavor(server.flavor),
      volumes: server['os-extended-volumes:volumes_attached'].map((volume) => volume.id),
      metadata: server.metadata,
      imageUuid: server.image === '' || server.image === null ? null : server.image.id,
      createdAt: server.created,
      updatedAt: server.updated,
    },
  };
}

const parseFlavor = (flavor: Static<typeof FlavorSchema>): Flavor => ({
  name: flavor.original_name,
  vcpus: flavor.vcpus,
  memoryMib: flavor.ram,
  rootDiskGib: flavor.disk,
  ephemeralDiskGib: flavor.ephemeral,
  swapMib: flavor.swap,
  extraSpecs: flavor.extra_specs ?? {},
});

export function parseMigration(answer: MigrationAnswer): Migration {
  return {
    id: answer.id,
    instanceUuid: answer.instance_uuid as InstanceUuid,
    type: answer.migration_type,
    status: answer.status,
    sourceHost: hostOrNull(answer.source_compute),
    destHost: hostOrNull(answer.dest_compute),
    createdAt: answer.created_at,
    updatedAt: answer.updated_at,
  };
}

const hostOrNull = (host: string | null): HostName | null =>
  host === null || host === '' ? null : (host as HostName);
