/**
 * Nova's own answers about the bed, over plain HTTP. Independent of the product's client on
 * purpose: what the tests assert must not come through the code under test.
 */
import { BED } from './bed.ts';
import { BedTrouble } from './waiting.ts';

/** Every call names its microversion; evacuated instances are started on arrival up to 2.94. */
const MICROVERSION = '2.90';
const CALL_TIMEOUT_MS = 70_000;
const MOST_ROWS = 1000;

export interface ComputeService {
  readonly id: string;
  readonly host: string;
  readonly state: 'up' | 'down';
  readonly status: 'enabled' | 'disabled';
  readonly disabled_reason: string | null;
  readonly forced_down: boolean;
  readonly updated_at: string;
}

export interface Instance {
  readonly id: string;
  readonly status: string;
  readonly 'OS-EXT-SRV-ATTR:host': string | null;
  readonly 'OS-EXT-STS:task_state': string | null;
}

export interface Migration {
  readonly id: number;
  readonly instance_uuid: string;
  readonly source_compute: string;
  readonly dest_compute: string | null;
  readonly status: string;
  readonly created_at: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface Nova {
  services(): Promise<readonly ComputeService[]>;
  service(host: string): Promise<ComputeService>;
  instances(): Promise<readonly Instance[]>;
  /** The evacuation migrations away from a host, of these instances. */
  evacuations(host: string, instanceIds: readonly string[]): Promise<readonly Migration[]>;
  forceDown(service: ComputeService): Promise<Answer>;
  evacuate(instanceId: string): Promise<Answer>;
  /** As an operator mends a state that is not true. */
  resetToActive(instanceId: string): Promise<Answer>;
  /** As its owner deletes it. */
  remove(instanceId: string): Promise<Answer>;
}

/** A project-scoped token of one of the bed's accounts. */
export async function newToken(user = 'admin', project = 'admin'): Promise<string> {
  const domain = { name: 'Default' };
  const auth = {
    identity: {
      methods: ['password'],
      password: { user: { name: user, domain, password: BED.password } },
    },
    scope: { project: { name: project, domain } },
  };
  const response = await fetch(`${BED.keystoneUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new BedTrouble('Keystone does not answer', error);
  });
  await response.body?.cancel();
  const token = response.headers.get('x-subject-token');
  if (token === null) throw new BedTrouble(`Keystone answered ${response.status} to ${user}`);
  return token;
}

/** Opens a session with Nova under the bed's administrator. */
export async function connectNova(): Promise<Nova> {
  const token = await newToken();
  const call = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${BED.novaUrl}${path}`, {
      method,
      headers: {
        'x-auth-token': token,
        'openstack-api-version': `compute ${MICROVERSION}`,
        'content-type': 'application/json',
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    return { status: response.status, text: await response.text() };
  };
  const list = async <T>(path: string, key: string): Promise<readonly T[]> => {
    const answer = await call('GET', path);
    if (answer.status !== 200) throw new BedTrouble(`Nova: ${answer.status} ${answer.text}`);
    const rows = (JSON.parse(answer.text) as Readonly<Record<string, readonly T[]>>)[key];
    if (rows === undefined) throw new BedTrouble(`Nova's answer to ${path} has no ${key}`);
    return rows;
  };
  const services = (): Promise<readonly ComputeService[]> =>
    list('/os-services?binary=nova-compute', 'services');
  return {
    services,
    service: async (host) => {
      const found = (await services()).find((service) => service.host === host);
      if (found === undefined) throw new BedTrouble(`Nova has no compute service ${host}`);
      return found;
    },
    instances: () => list(`/servers/detail?all_tenants=true&limit=${MOST_ROWS}`, 'servers'),
    evacuations: async (host, instanceIds) => {
      const query = `migration_type=evacuation&source_compute=${host}&limit=${MOST_ROWS}`;
      const rows = await list<Migration>(`/os-migrations?${query}`, 'migrations');
      return rows.filter((row) => instanceIds.includes(row.instance_uuid));
    },
    forceDown: ({ id }) => call('PUT', `/os-services/${id}`, { forced_down: true }),
    resetToActive: (id) =>
      call('POST', `/servers/${id}/action`, { 'os-resetState': { state: 'active' } }),
    remove: (id) => call('DELETE', `/servers/${id}`),
    evacuate: (id) => call('POST', `/servers/${id}/action`, { evacuate: {} }),
  };
}
