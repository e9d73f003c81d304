/**
 * The API for callers in the same process, without a socket and without a turn of the event loop:
 * the operations, checks and refusals of the HTTP routes, on the caller's own clock. Bodies go
 * through JSON in both directions, so that nothing is shared which a wire would not carry.
 */
import { newUuid } from '@medevac/kernel';
import { errorAnswerOf } from './answer-errors.ts';
import { authenticate } from './authenticate.ts';
import { carryOut, requireProject } from './carry-out.ts';
import type { ApiDependencies } from './dependencies.ts';
import { methodNotAllowed, UNROUTED_BODY } from './errors.ts';
import { chooseVersion } from './microversion.ts';
import type { Operation } from './operations/operation.ts';
import { MEDEVAC_OPERATIONS, OPERATIONS, REFUSED_METHODS } from './operations/table.ts';
import { bodyCheck, type CheckBody } from './validation/check-body.ts';

export interface InProcessRequest {
  readonly method: Operation['method'];
  /**
   * As in a URL, without a query: `/v1/notifications`, `/v1/{project_id}/notifications`, or
   * `/medevac/v1/drains`.
   */
  readonly path: string;
  readonly token?: string;
  /** The value of the version header, `instance-ha 1.2`; without it the lowest is served. */
  readonly version?: string;
  readonly body?: unknown;
}

export interface InProcessAnswer {
  readonly status: number;
  /** `undefined` when the answer has none. */
  readonly body: unknown;
}

/** Answers one request. Never rejects: what is thrown inside becomes an answer, as over HTTP. */
export type InProcessApi = (request: InProcessRequest) => Promise<InProcessAnswer>;

type Parameters = Readonly<Record<string, string>>;

const PREFIX = 'v1';
const OWN_PREFIX = 'medevac';
const PROJECT_ID = /^[0-9a-f-]+$/;

/** `check` keeps compiled schemas and nothing of a request: several APIs may share one. */
export function serveInProcess(api: ApiDependencies, check: CheckBody = bodyCheck()): InProcessApi {
  return async (request) => {
    const requestId = `req-${newUuid(api.random)}`;
    try {
      return await answer(request, api, check);
    } catch (error) {
      return onWire(errorAnswerOf(error, requestId, api.log));
    }
  };
}

async function answer(
  request: InProcessRequest,
  api: ApiDependencies,
  check: CheckBody,
): Promise<InProcessAnswer> {
  const { isOwn, project, rest } = placesOf(request.path);
  const identity = await authenticate({ ...request, token: request.token }, api);
  const version = chooseVersion(request.version);
  requireProject(project, identity);
  const found = isOwn
    ? findAmong(MEDEVAC_OPERATIONS, request.method, rest)
    : findOperation(request.method, rest);
  if (found === undefined) return { status: 404, body: UNROUTED_BODY };
  const { operation, parameters } = found;
  const call = {
    version,
    identity,
    query: {},
    body: request.body === undefined ? null : throughJson(request.body),
    parameter: (name: string) => parameters[name] ?? '',
    check,
  };
  const body = await carryOut(operation, call, api);
  return onWire({ status: operation.successStatus, body });
}

interface Places {
  /** Below Medevac's own API instead of Masakari's. */
  readonly isOwn: boolean;
  readonly project?: string;
  readonly rest: readonly string[];
}

function placesOf(path: string): Places {
  const all = path.split('/').filter((place) => place !== '');
  const isOwn = all[0] === OWN_PREFIX;
  const [prefix, ...places] = isOwn ? all.slice(1) : all;
  if (prefix !== PREFIX) return { isOwn, rest: [] };
  const [first = '', ...rest] = places;
  const hasProject = !isOwn && PROJECT_ID.test(first);
  return hasProject ? { isOwn, project: first, rest } : { isOwn, rest: places };
}

interface Found {
  readonly operation: Operation;
  readonly parameters: Parameters;
}

function findAmong(
  operations: readonly Operation[],
  method: Operation['method'],
  places: readonly string[],
): Found | undefined {
  for (const operation of operations) {
    const parameters = operation.method === method ? match(operation.path, places) : undefined;
    if (parameters !== undefined) return { operation, parameters };
  }
  return undefined;
}

/** Throws a 405 for a method that is known and refused. */
function findOperation(method: Operation['method'], places: readonly string[]): Found | undefined {
  const found = findAmong(OPERATIONS, method, places);
  if (found !== undefined) return found;
  const refused = REFUSED_METHODS.find(
    (one) => one.method === method && match(one.path, places) !== undefined,
  );
  if (refused !== undefined) throw methodNotAllowed(refused.method, refused.action);
  return undefined;
}

/** The parts of the path that stand for the names in braces; `undefined`: another path. */
function match(template: string, places: readonly string[]): Parameters | undefined {
  const parts = partsOf(template);
  const isLike = (part: string, place: string): boolean => part.startsWith('{') || part === place;
  if (parts.length !== places.length) return undefined;
  if (!parts.every((part, index) => isLike(part, places[index] ?? ''))) return undefined;
  const named = parts.flatMap((part, index) =>
    part.startsWith('{') ? [[part.slice(1, -1), decodeURIComponent(places[index] ?? '')]] : [],
  );
  return Object.fromEntries(named) as Parameters;
}

const knownParts = new Map<string, readonly string[]>();

/** Templates are few and never change. */
function partsOf(template: string): readonly string[] {
  const known = knownParts.get(template) ?? template.split('/').slice(1);
  knownParts.set(template, known);
  return known;
}

const onWire = ({ status, body }: { readonly status: number; readonly body: unknown }) =>
  status === 204 || body === undefined
    ? { status, body: undefined }
    : { status, body: throughJson(body) };

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;
