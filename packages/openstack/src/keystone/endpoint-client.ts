/**
 * Calls to one service of the catalogue. Every call names its microversion, and the answer must
 * name the same one: an endpoint that ignores the header would answer in another dialect.
 */

import { type Clock, type Json, OperationalError } from '@medevac/kernel';
import type { Call } from '../call.ts';
import { startBudget } from '../call-budget.ts';
import { cloudErrors } from '../errors.ts';
import { lookedNow } from '../http/last-look.ts';
import type { CloudAnswer } from '../http/transport.ts';
import type { KeystoneSession } from './keystone-session.ts';

export interface EndpointRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the endpoint, with a slash at its beginning. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly microversion: string;
  readonly answers: readonly number[];
}

export interface EndpointOptions {
  readonly session: KeystoneSession;
  readonly clock: Clock;
  readonly serviceType: string;
  /** Corrects an address of the catalogue, for instance a missing version. */
  readonly baseUrl?: (endpoint: string) => string;
}

export class EndpointClient {
  readonly serviceType: string;
  readonly #session: KeystoneSession;
  readonly #clock: Clock;
  readonly #baseUrl: (endpoint: string) => string;

  constructor(options: EndpointOptions) {
    this.serviceType = options.serviceType;
    this.#session = options.session;
    this.#clock = options.clock;
    this.#baseUrl = options.baseUrl ?? ((endpoint) => endpoint);
  }

  /**
   * Only GET is taken as repeatable; everything else is sent at most once, and not at all when it
   * is held up before: see `KeystoneSession.request` and `Transport.exchange`.
   */
  async ask(request: EndpointRequest, call: Call): Promise<CloudAnswer> {
    const budget = startBudget(call, this.#clock);
    const lastLook = lookedNow(this.#clock);
    const base = this.#baseUrl(await this.#session.endpoint(this.serviceType, call));
    const query = new URLSearchParams(request.query).toString();
    const version = `${this.serviceType} ${request.microversion}`;
    const answer = await this.#session.request(
      {
        service: this.serviceType,
        method: request.method,
        url: `${base}${request.path}${query === '' ? '' : `?${query}`}`,
        headers: { 'openstack-api-version': version },
        ...(request.body === undefined ? {} : { body: request.body }),
        repeatable: request.method === 'GET',
        lastLook,
        answers: request.answers,
      },
      budget.rest(),
    );
    const answered = answer.headers['openstack-api-version'];
    if (answer.status < 400 && answered !== version) {
      throw new OperationalError(
        cloudErrors.microversionUnsupported,
        `${this.serviceType} at ${base} answers in version ${answered ?? 'none'}, ` +
          `asked for ${version}`,
        {
          fields: { service: this.serviceType, asked: version, answered: answered ?? null },
          ...(request.method === 'GET' ? {} : { retry: 'unknown-outcome' as const }),
        },
      );
    }
    return answer;
  }
}
