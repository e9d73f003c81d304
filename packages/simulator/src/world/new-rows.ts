/** Rows of Nova's database as they are when the world begins. */
import type { HostName, InstanceUuid, ServiceUuid } from '@medevac/kernel';
import type { Server } from '@medevac/openstack';
import type { ServiceRow } from './nova-tables.ts';
import { DEFAULT_IMAGE } from './simulated-catalogue.ts';
import type { BootOptions } from './simulated-host.ts';

/** The service of the host with this number, enabled and up since `reportedMs`. */
export const newServiceRow = (host: HostName, number: number, reportedMs: number): ServiceRow => ({
  uuid: `00000000-0000-4000-9000-${digits(number)}` as ServiceUuid,
  host,
  status: 'enabled',
  disabledReason: null,
  forcedDown: false,
  reportedMs,
  changedMs: 0,
  isCellDown: false,
  isDeleted: false,
});

export interface NewServer extends BootOptions {
  readonly host: HostName;
  readonly number: number;
  /** Nova's time of its creation. */
  readonly stamp: string;
}

/** An active instance without a task. */
export const newServer = ({ host, number, stamp, ...options }: NewServer): Server => ({
  uuid: `00000000-0000-4000-a000-${digits(number)}` as InstanceUuid,
  name: `vm-${number}`,
  host,
  projectId: '0123456789abcdef0123456789abcdef',
  vmState: 'active',
  taskState: null,
  powerState: 1,
  locked: false,
  lockedReason: null,
  tags: [],
  flavor: {
    name: 'small',
    vcpus: 1,
    memoryMib: 512,
    rootDiskGib: 1,
    ephemeralDiskGib: 0,
    swapMib: 0,
    extraSpecs: {},
  },
  volumes: [],
  metadata: options.metadata ?? {},
  imageUuid: options.bootsFromVolume === true ? null : DEFAULT_IMAGE,
  createdAt: stamp,
  updatedAt: stamp,
});

const digits = (number: number): string => String(number).padStart(12, '0');
