/** Surroundings in which all is well; a test changes the one thing that it is about. */
import {
  type HostName,
  type InstanceUuid,
  ManualClock,
  OperationalError,
  type ServiceUuid,
} from '@medevac/kernel';
import {
  type ComputeService,
  cloudErrors,
  type Server,
  type ServiceView,
  type VersionRange,
} from '@medevac/openstack';
import type { ServerView } from '@medevac/store';
import { SCHEMA_VERSION } from '@medevac/store';
import type { CloudUnderTest, Facts, StateView, Surroundings } from '../src/doctor/surroundings.ts';
import type { ServeSettings, SettingKey } from '../src/settings/settings-table.ts';

export const CALL = { deadlineMs: 1_000 };

export function cloudError(code: keyof typeof cloudErrors, text: string): OperationalError {
  return new OperationalError(cloudErrors[code], text);
}

export const throwing = (error: unknown) => async (): Promise<never> => {
  throw error;
};

export const service = (name: string, change: Partial<ComputeService> = {}): ComputeService => ({
  kind: 'seen',
  uuid: `uuid-of-${name}` as ServiceUuid,
  host: name as HostName,
  status: 'enabled',
  disabledReason: null,
  state: 'up',
  forcedDown: false,
  updatedAt: '2026-11-20T12:00:00.000000',
  ...change,
});

export const unseen = (name: string): ServiceView => ({ kind: 'unseen', host: name as HostName });

export const server = (name: string, host: string, change: Partial<Server> = {}): Server => ({
  uuid: name as InstanceUuid,
  name,
  host: host as HostName,
  projectId: 'p',
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
  metadata: {},
  imageUuid: null,
  createdAt: '2026-11-20T10:00:00Z',
  updatedAt: '2026-11-20T10:00:00Z',
  ...change,
});

export const range = (lowest: string, highest: string, endpoint: string): VersionRange => ({
  endpoint,
  documentUrl: endpoint,
  lowest,
  highest,
});

const RANGES: Readonly<Record<string, VersionRange>> = {
  compute: range('2.1', '2.93', 'http://nova/v2.1'),
  placement: range('1.0', '1.39', 'http://placement'),
  'instance-ha': range('1.0', '1.3', 'http://medevac:15868/v1/p'),
};

type CloudChange = Omit<Partial<CloudUnderTest>, 'config' | 'nova'> & {
  readonly config?: Partial<CloudUnderTest['config']>;
  readonly nova?: Partial<CloudUnderTest['nova']>;
};

export function fakeCloud(change: CloudChange = {}): CloudUnderTest {
  return {
    greetKeystone: async () => ({ version: 'v3.14', dateMs: 1_000, ourWallMs: 1_000 }),
    authenticate: async () => {},
    identify: async () => ({
      userId: 'u',
      userName: 'medevac',
      projectId: 'p',
      roles: ['admin'],
      expiresAtMs: 0,
    }),
    keystoneNowMs: async () => 1_000,
    versions: async (type) => {
      const found = RANGES[type];
      if (found === undefined) throw cloudError('endpointMissing', `no ${type}`);
      return found;
    },
    readAllocations: async () => {},
    images: { readImage: async () => undefined },
    volumes: { readVolume: async () => undefined },
    ...change,
    config: {
      name: 'here',
      authUrl: 'https://keystone/v3',
      region: 'one',
      interface: 'public',
      tls: { insecure: false },
      ...change.config,
    },
    nova: {
      listComputeServices: async () => [service('compute-01')],
      listServers: async () => ({ servers: [], unseen: [] }),
      ...change.nova,
    },
  };
}

export const stateView = (change: Partial<StateView> = {}): StateView => ({
  directory: '/state',
  exists: true,
  freeBytes: 10_000_000_000,
  file: '/state/medevac.db',
  database: {
    kind: 'ours',
    version: SCHEMA_VERSION,
    hosts: ['compute-01' as HostName],
    segments: [],
  },
  ...change,
});

const VALUES: Partial<ServeSettings> = {
  fencing: 'trusted',
  state: '/state',
  hooks: [],
  listen: { host: '0.0.0.0', port: 15_868 },
};

export interface AroundChange {
  readonly cloud?: CloudUnderTest;
  readonly state?: StateView;
  readonly server?: ServerView;
  readonly clock?: ManualClock;
  readonly values?: Partial<ServeSettings>;
  readonly faults?: Partial<Record<SettingKey, Error>>;
  readonly openCloud?: Surroundings['openCloud'];
  readonly lookAtPolicy?: Surroundings['lookAtPolicy'];
  readonly lookAtTls?: Surroundings['lookAtTls'];
  readonly troubleWithHook?: Surroundings['troubleWithHook'];
}

export function fakeAround(change: AroundChange = {}): Surroundings {
  return {
    clock: change.clock ?? new ManualClock(1_000),
    userName: 'medevac',
    readSetting: async <Key extends SettingKey>(key: Key) => {
      const fault: Error | undefined = change.faults?.[key];
      if (fault instanceof Error) throw fault;
      return { ...VALUES, ...change.values }[key] as ServeSettings[Key];
    },
    openCloud: change.openCloud ?? (async () => change.cloud ?? fakeCloud()),
    lookAtState: async () => change.state ?? stateView(),
    lookAtServer: async () => change.server ?? { place: 'nowhere', database: { kind: 'empty' } },
    lookAtPolicy: change.lookAtPolicy ?? (async () => []),
    lookAtTls: change.lookAtTls ?? (async () => undefined),
    troubleWithHook: change.troubleWithHook ?? (async () => undefined),
  };
}

/** Facts as they are when all is well. */
export function fakeFacts(change: Partial<Facts> = {}): Facts {
  const cloud = change.session ?? change.cloud ?? fakeCloud();
  return {
    osCloud: { name: undefined },
    listen: { host: '0.0.0.0', port: 15_868 },
    place: { directory: '/state' },
    policy: { path: undefined },
    tls: { tlsCertificate: undefined, tlsKey: undefined, tlsClientCa: undefined },
    hooks: [],
    cloud,
    session: cloud,
    greeting: { version: 'v3.14', dateMs: 1_000, ourWallMs: 1_000 },
    compute: range('2.1', '2.93', 'http://nova/v2.1'),
    placement: range('1.0', '1.39', 'http://placement'),
    services: [service('compute-01')],
    servers: [],
    registeredHosts: ['compute-01' as HostName],
    segments: [],
    ...change,
  };
}
