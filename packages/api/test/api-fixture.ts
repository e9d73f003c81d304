/** An API over memory stores, with two known tokens and a cloud of five compute services. */
import { ManualClock, seededRandom, silentLog } from '@medevac/kernel';
import type { Identity } from '@medevac/openstack';
import { openMemory, type Stores } from '@medevac/store';
import {
  type ApiDependencies,
  createApi,
  type HostWire,
  type NotificationWire,
  type RecoveryDetail,
  type SegmentWire,
  type VmoveWire,
} from '../src/index.ts';
import { requireDocumentedAnswers } from './documented-answers.ts';

export const PROJECT = 'a3f9c8d27b1e4f50a6d1c2b3e4f50617';
export const MEMBER_PROJECT = 'b4f9c8d27b1e4f50a6d1c2b3e4f50618';
export const ADMIN_TOKEN = 'admin-token';
export const MEMBER_TOKEN = 'member-token';
export const COMPUTE_SERVICES = ['compute-01', 'compute-02', 'compute-03', 'compute-04'];

const identity = (userName: string, projectId: string, roles: readonly string[]): Identity => ({
  userId: `${userName}-id`,
  userName,
  projectId,
  roles,
  expiresAtMs: Date.UTC(2030, 0, 1),
});
const IDENTITIES: Readonly<Record<string, Identity>> = {
  [ADMIN_TOKEN]: identity('admin', PROJECT, ['reader', 'Admin']),
  [MEMBER_TOKEN]: identity('member', MEMBER_PROJECT, ['member']),
};

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  readonly url: string;
  readonly version?: string;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface Told {
  readonly code: number;
  readonly message: string;
}

interface Linked {
  readonly version: string;
  readonly min_version: string;
  readonly links: readonly { readonly rel: string; readonly href: string }[];
}

/** What an answer may hold; which of it is there is what a test is about. */
export interface AnswerBody {
  readonly segment: SegmentWire;
  readonly segments: readonly SegmentWire[];
  readonly host: HostWire;
  readonly hosts: readonly HostWire[];
  readonly notification: NotificationWire & {
    readonly recovery_workflow_details: readonly RecoveryDetail[];
  };
  readonly notifications: readonly NotificationWire[];
  readonly vmove: VmoveWire;
  readonly vmoves: readonly VmoveWire[];
  readonly version: Linked;
  readonly choices: readonly Linked[];
  readonly badMethod: Told;
  readonly masakariFault: Told;
  readonly serviceUnavailable: Told;
}

export type ApiFixture = ReturnType<typeof openApi>;

/** The API with `overrides` in place of the defaults. `ask` sends a request as admin at 1.2. */
export function openApi(overrides: Partial<ApiDependencies> = {}) {
  const clock = new ManualClock(Date.UTC(2026, 10, 20, 21));
  // Tests give whole stores or none.
  const stores = (overrides.stores as Stores | undefined) ?? openMemory();
  const nudges: number[] = [];
  const parts: ApiDependencies = {
    stores,
    tokens: { identify: async (token) => IDENTITIES[token] },
    computeServiceExists: async (name) => COMPUTE_SERVICES.includes(name),
    silenceOf: async () => ({ kind: 'silent', forMs: 60_000 }),
    dispatch: () => nudges.push(clock.wallMs()),
    clock,
    random: seededRandom(7),
    log: silentLog,
    options: { authUrl: 'http://127.0.0.1:5000/v3' },
    ...overrides,
  };
  const app = createApi(parts);
  requireDocumentedAnswers(app);
  const ask = async (asked: Asked) => {
    const token = asked.token === undefined ? ADMIN_TOKEN : asked.token;
    const answer = await app.inject({
      method: asked.method ?? 'GET',
      url: asked.url,
      headers: {
        ...(token === null ? {} : { 'x-auth-token': token }),
        'openstack-api-version': `instance-ha ${asked.version ?? '1.2'}`,
        ...(asked.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...asked.headers,
      },
      ...(asked.body === undefined ? {} : { payload: asPayload(asked.body) }),
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: answer.body,
      get body(): AnswerBody {
        return JSON.parse(answer.body) as AnswerBody;
      },
      get message(): string {
        const [inner] = Object.values(JSON.parse(answer.body) as Record<string, Told>);
        return inner!.message;
      },
    };
  };
  return { app, parts, stores, clock, nudges, ask };
}

const asPayload = (body: unknown): string =>
  typeof body === 'string' ? body : JSON.stringify(body);

export const SEGMENT = { name: 'rack-1', recovery_method: 'auto', service_type: 'COMPUTE' };

/** Creates a segment over the API and answers its body. */
export async function addSegment(api: ApiFixture, fields: object = {}) {
  const answer = await api.ask({
    method: 'POST',
    url: '/v1/segments',
    body: { segment: { ...SEGMENT, ...fields } },
  });
  return answer.body.segment;
}

/** Creates a host over the API and answers its body. */
export async function addHost(api: ApiFixture, segment: string, fields: object = {}) {
  const answer = await api.ask({
    method: 'POST',
    url: `/v1/segments/${segment}/hosts`,
    body: { host: { name: 'compute-01', type: 'COMPUTE', control_attributes: 'SSH', ...fields } },
  });
  return answer.body.host;
}

export const HOST_STOPPED = {
  event: 'STOPPED',
  host_status: 'NORMAL',
  cluster_status: 'OFFLINE',
} as const;

/** Sends a report that compute-01 failed, unless `fields` say otherwise. */
export const report = (api: ApiFixture, fields: object = {}) =>
  api.ask({
    method: 'POST',
    url: '/v1/notifications',
    body: {
      notification: {
        type: 'COMPUTE_HOST',
        hostname: 'compute-01',
        generated_time: '2026-11-20T20:58:12.5',
        payload: HOST_STOPPED,
        ...fields,
      },
    },
  });
