/**
 * A cloud of fixed answers behind the HTTP facade, and a plain caller of it: for tests of what goes
 * over the wire, where the rules of a whole world would stand in the way.
 */
import assert from 'node:assert/strict';
import {
  type HostName,
  type InstanceUuid,
  type ServiceUuid,
  seededRandom,
  systemClock,
} from '@medevac/kernel';
import type { ComputeService, Migration, Nova, Placement, Server } from '@medevac/openstack';
import { type ServedCloud, serveCloud } from '../src/http/serve-cloud.ts';

export const HOST = 'compute-01' as HostName;
export const INSTANCE = '00000000-0000-4000-a000-000000000001' as InstanceUuid;
export const SERVICE: ComputeService = {
  kind: 'seen',
  uuid: '00000000-0000-4000-9000-000000000001' as ServiceUuid,
  host: HOST,
  status: 'enabled',
  disabledReason: null,
  state: 'up',
  forcedDown: false,
  updatedAt: '2031-01-01T00:00:00.000000',
};

export const serverNumber = (number: number): Server => ({
  uuid: `00000000-0000-4000-a000-${String(number).padStart(12, '0')}` as InstanceUuid,
  name: `vm-${number}`,
  host: HOST,
  projectId: 'project',
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
  imageUuid: 'image',
  createdAt: `2031-01-01T00:00:${String(number % 60).padStart(2, '0')}Z`,
  updatedAt: '2031-01-01T00:01:00Z',
});

export const migrationNumber = (id: number): Migration => ({
  id,
  instanceUuid: INSTANCE,
  type: 'evacuation',
  status: 'accepted',
  sourceHost: HOST,
  destHost: null,
  createdAt: '2031-01-01T00:00:00.000000',
  updatedAt: null,
});

const quietNova: Nova = {
  listComputeServices: async () => [SERVICE],
  changeService: async () => ({ kind: 'changed', service: SERVICE }),
  listServers: async () => ({ servers: [serverNumber(1)], unseen: [] }),
  readServer: async () => serverNumber(1),
  listMigrations: async () => [],
  evacuate: async () => ({ kind: 'accepted' }),
  resetState: async () => ({ kind: 'accepted' }),
  stop: async () => ({ kind: 'accepted' }),
};

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface HttpCloud extends AsyncDisposable {
  readonly served: ServedCloud;
  readonly token: string;
  /** `service` is the path prefix; `version` the microversion header, absent when `undefined`. */
  ask(method: string, path: string, more?: AskOptions): Promise<Told>;
}

interface AskOptions {
  readonly version?: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Serves the quiet cloud with some of its answers replaced. */
export async function openHttpCloud(
  nova: Partial<Nova> = {},
  allocatedProviders: Placement['allocatedProviders'] = async () => [HOST],
): Promise<HttpCloud> {
  const served = await serveCloud(
    { nova: { ...quietNova, ...nova }, placement: { allocatedProviders } },
    { host: '127.0.0.1', port: 0, clock: systemClock, random: seededRandom(1) },
  );
  const origin = new URL(served.authUrl).origin;
  const told = await tell(`${served.authUrl}/auth/tokens`, 'POST', {}, passwordBody(served));
  const token = told.headers.get('x-subject-token');
  assert.ok(token, JSON.stringify(told.body));
  return {
    served,
    token,
    ask: (method, path, more = {}) => {
      const version = more.version === undefined ? {} : { 'openstack-api-version': more.version };
      const headers = { 'x-auth-token': more.token ?? token, ...version, ...more.headers };
      return tell(`${origin}${path}`, method, headers, more.body);
    },
    [Symbol.asyncDispose]: () => served.close(),
  };
}

export function passwordBody(served: ServedCloud, password?: string): unknown {
  const env = served.environment;
  const domain = { id: 'default' };
  const user = { name: env['OS_USERNAME'], password: password ?? env['OS_PASSWORD'], domain };
  const scope = { project: { name: env['OS_PROJECT_NAME'], domain } };
  return { auth: { identity: { methods: ['password'], password: { user } }, scope } };
}

async function tell(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Promise<Told> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const sent = body === undefined ? {} : { body: text };
  const answer = await fetch(url, { method, headers, ...sent });
  const answered = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: answered === '' ? undefined : (JSON.parse(answered) as unknown),
  };
}
