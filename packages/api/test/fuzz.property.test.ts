/**
 * Generated requests, valid and broken, sent to one API whose state they change as they go.
 * Whatever is sent is answered, never with a 500; a success is what its operation promises, and a
 * refusal has one of the documented shapes.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { NotificationUuid } from '@medevac/kernel';
import { Ajv, type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { MEDEVAC_OPERATIONS, OPERATIONS } from '../src/index.ts';
import { FORMATS } from '../src/validation/formats.ts';
import { addHost, addSegment, openApi, report } from './api-fixture.ts';
import { anyRequest, type FuzzRequest } from './fuzz-requests.ts';
import { openIncident } from './working-incident.ts';

const REQUESTS = 20_000;

const ALL = [...OPERATIONS, ...MEDEVAC_OPERATIONS];
const api = openApi();
const seen = new Map<number, number>();
const succeeded = new Set<string>();
const answers = new Map<string, ValidateFunction>();
/** Identifiers of what is there, and of some of what has been. */
const present = { segments: [] as string[], hosts: [] as string[], notifications: [] as string[] };
/** The segment of each host. */
const segments = new Map<string, string>();
const INCIDENTS = ['incident-of-compute-01'];

before(async () => {
  const ajv = new Ajv({ strict: false, formats: FORMATS });
  for (const { answer, id } of ALL) {
    if (answer !== undefined) answers.set(id, ajv.compile(answer));
  }
  await seed();
  const { notification } = (await report(api)).body;
  await openIncident(api, notification.notification_uuid as NotificationUuid);
  present.notifications.push(notification.notification_uuid);
});

/** Something is there to be found, however much has been deleted. */
async function seed(): Promise<void> {
  const segment = await addSegment(api, { name: `rack-${present.segments.length}` });
  present.segments.push(segment.uuid);
  for (const name of ['compute-01', 'compute-02']) {
    const host = await addHost(api, segment.uuid, { name });
    if (host !== undefined) keepHost(host);
  }
}

function urlOf({ identifiers, path, query }: FuzzRequest): string {
  let place = 0;
  const host = identifiers[1];
  // Most hosts are looked for where they are.
  const segment = typeof host === 'number' && host % 4 > 0 ? segmentOf(host) : undefined;
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    const wanted = identifiers[place++] ?? 0;
    if (typeof wanted === 'string') return encodeURIComponent(wanted.toWellFormed());
    if (name === 'segment_uuid' && segment !== undefined) return segment;
    const known = identifiersOf(name, path);
    return known[wanted % Math.max(1, known.length)] ?? 'none';
  });
  return `${filled}${query}`;
}

const segmentOf = (host: number): string | undefined =>
  segments.get(present.hosts[host % Math.max(1, present.hosts.length)] ?? '');

function identifiersOf(name: string, path: string): readonly string[] {
  if (path.includes('/incidents')) return INCIDENTS;
  if (name === 'alias') return ['segments', 'vmoves'];
  if (name === 'segment_uuid' || path.includes('/segments/{uuid}')) return present.segments;
  if (path.includes('/hosts/')) return present.hosts;
  return present.notifications;
}

async function send(request: FuzzRequest): Promise<void> {
  const answer = await api.app.inject({
    method: request.method as 'GET',
    url: urlOf(request),
    headers: request.headers,
    ...(request.body === undefined ? {} : { payload: Buffer.from(request.body) }),
  });
  const status = answer.statusCode;
  seen.set(status, (seen.get(status) ?? 0) + 1);
  const told = `${status} ${answer.body}`;
  assert.ok(status < 500, told);
  assert.match(String(answer.headers['x-openstack-request-id']), /^req-/, told);
  if (status >= 400) assertRefusal(status, answer.body);
  else if (status < 300) await assertSuccess(request, status, answer.body);
  else assert.ok(status === 300 && 'choices' in (JSON.parse(answer.body) as object), told);
}

/** `{"badRequest": {"code": 400, "message": "..."}}`, or what is below Masakari in its place. */
function assertRefusal(status: number, text: string): void {
  const body = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (status === 404 && body['code'] === '404 Not Found') {
    assert.deepEqual(Object.keys(body), ['message', 'code', 'title'], text);
    return;
  }
  const [key = '', ...others] = Object.keys(body);
  assert.deepEqual(others, [], text);
  assert.equal(key, KEYS[status], text);
  const { code, message } = body[key] as { readonly code: unknown; readonly message: unknown };
  assert.equal(code, status, text);
  assert.ok(typeof message === 'string' && message !== '', text);
}

const KEYS: Readonly<Record<number, string>> = {
  400: 'badRequest',
  401: 'error',
  403: 'forbidden',
  404: 'itemNotFound',
  405: 'badMethod',
  406: 'masakariFault',
  409: 'conflictingRequest',
  413: 'overLimit',
  415: 'badMediaType',
};

async function assertSuccess(request: FuzzRequest, status: number, text: string): Promise<void> {
  const { method, path } = request;
  const operation = ALL.find(({ id }) => id === request.operation)!;
  const isPlain = method === operation.method && /^(\/medevac)?\/v1(\/|$)/.test(path);
  if (!isPlain || !path.includes(operation.path)) return;
  if (status !== operation.successStatus) return;
  succeeded.add(operation.id);
  const check = answers.get(operation.id);
  if (check === undefined) assert.equal(text, '');
  else if (!isOther(operation.id, text)) {
    assert.ok(check(JSON.parse(text)), `${operation.id}: ${text} ${JSON.stringify(check.errors)}`);
  }
  if (text !== '') remember(JSON.parse(text) as Readonly<Record<string, Created | undefined>>);
  if (operation.id === 'segments:delete' || operation.id === 'hosts:delete') await seed();
}

/** A tail on the path may have made it one of another operation. */
const isOther = (id: string, text: string): boolean =>
  id.startsWith('versions') || text.startsWith('{"version');

interface Host {
  readonly uuid: string;
  readonly failover_segment_id: string;
}

function keepHost(host: Host): void {
  segments.set(host.uuid, host.failover_segment_id);
  keep(present.hosts, host.uuid);
}

interface Created {
  readonly uuid?: string;
  readonly notification_uuid?: string;
}

function remember(body: Readonly<Record<string, Created | undefined>>): void {
  const { host, notification, segment } = body;
  if (segment?.uuid !== undefined) keep(present.segments, segment.uuid);
  if (host?.uuid !== undefined) keepHost(host as Host);
  if (notification?.notification_uuid !== undefined) {
    keep(present.notifications, notification.notification_uuid);
  }
}

function keep(known: string[], id: string): void {
  if (known.includes(id)) return;
  known.push(id);
  if (known.length > 20) known.shift();
}

test(`${REQUESTS} generated requests are answered, and none with a 500`, async () => {
  const property = fc.asyncProperty(anyRequest, send);
  await fc.assert(property, { numRuns: REQUESTS, endOnFailure: true });
});

test('every kind of answer was among them', () => {
  const statuses = [200, 201, 202, 204, 300, ...Object.keys(KEYS).map(Number)];
  const missing = statuses.filter((status) => !seen.has(status));
  assert.deepEqual(missing, [], JSON.stringify([...seen]));
});

test('every operation has succeeded among them', () => {
  // Chance meets the subjects of our own operations in the right state too rarely, and those of
  // two others; each of them has direct tests.
  const isHard = ({ id, path }: (typeof ALL)[number]): boolean =>
    ['vmoves:detail', 'drains:create'].includes(id) ||
    (path.includes('{') && MEDEVAC_OPERATIONS.some((one) => one.id === id));
  assert.deepEqual(
    ALL.filter((one) => !succeeded.has(one.id) && !isHard(one)).map(({ id }) => id),
    [],
  );
});
