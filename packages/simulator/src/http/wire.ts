/**
 * What the simulated services have in common on the wire: a request as they read it, an answer,
 * and a refusal that each service puts into an error body of its own form.
 */
import type { Json } from '@medevac/kernel';

export interface WireRequest {
  readonly method: string;
  /** Path below the address of the service, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** Address of the service, for links. */
  readonly baseUrl: string;
  readonly requestId: string;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
}

/** `broken`: the connection ends without an answer, as when a reply is lost. */
export type WireAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: Json;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'broken' };

/** A service answers every request; what it throws is a programmer's error. */
export type WireService = (request: WireRequest) => Promise<WireAnswer>;

/** Thrown inside a service; `message` is the sentence that the caller reads. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
  }
}

export const ok = (body: Json, headers: Readonly<Record<string, string>> = {}): WireAnswer => ({
  kind: 'answer',
  status: 200,
  body,
  headers,
});

export const UNAUTHENTICATED = 'The request you have made requires authentication.';

/** The body that Keystone, and its middleware in front of every service, gives a refusal. */
export const keystoneError = (status: number, title: string, message: string): WireAnswer => ({
  kind: 'answer',
  status,
  body: { error: { code: status, message, title } },
});

/** The JSON object of a body; throws a 400 when it is none. */
export function readObject(request: WireRequest): Readonly<Record<string, unknown>> {
  let body: unknown;
  try {
    body = JSON.parse(request.text);
  } catch {
    throw new Refusal(400, 'Malformed request body');
  }
  if (!isObject(body)) throw new Refusal(400, 'Malformed request body');
  return body;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
