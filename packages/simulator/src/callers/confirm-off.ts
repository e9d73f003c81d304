/** A person's word, given through the API, that the host of an open incident is off. */
import type { Clock, HostName } from '@medevac/kernel';
import type { ApiWay, Reply } from './api-way.ts';
import { OPERATOR } from './caller-identity.ts';

export type ConfirmAnswer =
  | { readonly kind: 'taken' | 'no-incident' | 'no-answer' }
  /** In the words of the API. */
  | { readonly kind: 'refused'; readonly message: string };

export interface ConfirmParts {
  readonly clock: Clock;
  readonly way: ApiWay;
}

interface ListedIncident {
  readonly id: string;
  readonly host_name: string;
  readonly closed_at: string | null;
}

const VERSION = 'instance-ha 1.2';
const TRIES = 6;
const RETRY_MS = 5_000;

/** What gets no answer or a 5xx is said again, at the next replica. */
export async function confirmOff(
  parts: ConfirmParts,
  host: HostName,
  reason: string,
): Promise<ConfirmAnswer> {
  return await commandIncident(parts, host, { command: 'confirm-fenced', body: { reason } });
}

/** A command on an incident, as the path of the API names it. */
export interface IncidentOrder {
  readonly command: string;
  readonly body: unknown;
  /** The newest one of the host that has ended; otherwise its open one. */
  readonly isEnded?: boolean;
}

/** What a person asks of an incident of the host; said again as above. */
export async function commandIncident(
  parts: ConfirmParts,
  host: HostName,
  { command, body, isEnded = false }: IncidentOrder,
): Promise<ConfirmAnswer> {
  const list = await ask(parts, { method: 'GET', path: '/medevac/v1/incidents' });
  if (list.kind === 'none' || list.status >= 500) return { kind: 'no-answer' };
  const { incidents } = list.body as { readonly incidents: readonly ListedIncident[] };
  const incident = incidents.find(
    (one) => one.host_name === host && (one.closed_at !== null) === isEnded,
  );
  if (incident === undefined) return { kind: 'no-incident' };
  const asked = `/medevac/v1/incidents/${incident.id}/${command}`;
  const reply = await ask(parts, { method: 'POST', path: asked, body });
  if (reply.kind === 'none' || reply.status >= 500) return { kind: 'no-answer' };
  if (reply.status === 202) return { kind: 'taken' };
  const told = Object.values((reply.body ?? {}) as Record<string, { readonly message?: string }>);
  return { kind: 'refused', message: told[0]?.message ?? String(reply.status) };
}

async function ask(
  { clock, way }: ConfirmParts,
  request: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: unknown },
): Promise<Reply> {
  let reply: Reply = { kind: 'none', why: 'refused' };
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (attempt > 0) await clock.sleep(RETRY_MS);
    reply = await way.ask({ ...request, token: OPERATOR, version: VERSION }, attempt);
    if (reply.kind === 'answer' && reply.status < 500) return reply;
  }
  return reply;
}
