/**
 * JSON over HTTP with a deadline, bounded answers and honest errors. Requests that change nothing
 * are retried within the deadline of the call. A request that changes something is sent once, at
 * once or not at all: between its caller's last look and the request there is no hidden pause, and
 * whether it is repeated is decided by whoever looks again.
 */
import {
  aborted,
  anySignal,
  type Clock,
  type Json,
  LIMITS,
  nextRetryDelayMs,
  OperationalError,
  type Random,
  type RetryPolicy,
  throwIfAborted,
} from '@medevac/kernel';
import { Agent } from 'undici';
import type { Call } from '../call.ts';
import { startBudget } from '../call-budget.ts';
import {
  explanationOf,
  failureByAbort,
  failureByDeadline,
  failureByOldLook,
  failureByStatus,
  failureWithoutAnswer,
  type RequestLabel,
  requestIdOf,
} from './failure.ts';
import { type LastLook, LookTooOld, lookedNow } from './last-look.ts';
import { SendFailure, type StartLimit, sendOnce, type WireAnswer } from './send-once.ts';

export interface CloudRequest extends RequestLabel {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** Statuses that the caller takes as answers; every other one becomes an error. */
  readonly answers: readonly number[];
  /**
   * Until when a request that changes something may still go out; counted from the beginning of the
   * exchange when absent. A repeatable request may go out at any time.
   */
  readonly lastLook?: LastLook;
}

export interface CloudAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON; `undefined` when there is no body or it is something else. */
  readonly body: unknown;
  /** The sentence of an error body, on one line; empty when there is none. */
  readonly explanation: string;
  readonly requestId: string | undefined;
}

export interface TlsSettings {
  /** Certificates to trust instead of the system's, in PEM. */
  readonly caPem?: string;
  readonly insecure: boolean;
}

export interface TransportOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly tls: TlsSettings;
  readonly retry?: RetryPolicy;
  /** For tests; `LIMITS.cloudAnswerBytes` otherwise. */
  readonly maxAnswerBytes?: number;
}

/** About 5 s in all: a load balancer that moves its address, a service that restarts. */
const CLOUD_RETRY: RetryPolicy = {
  maxAttempts: 5,
  firstDelayMs: 250,
  maxDelayMs: 4_000,
  factor: 2,
};

const CONNECT_MS = 10_000;

/** All connections to one cloud. Whoever opens it closes it. */
export class Transport {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #retry: RetryPolicy;
  readonly #maxAnswerBytes: number;
  readonly #agent: Agent;

  constructor(options: TransportOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#retry = options.retry ?? CLOUD_RETRY;
    this.#maxAnswerBytes = options.maxAnswerBytes ?? LIMITS.cloudAnswerBytes;
    const { caPem, insecure } = options.tls;
    this.#agent = new Agent({
      connections: LIMITS.cloudConnections,
      pipelining: 1,
      allowH2: false,
      // The deadline of the call rules; the library's own timers would be a second opinion.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: CONNECT_MS,
        rejectUnauthorized: !insecure,
        ...(caPem === undefined ? {} : { ca: caPem }),
      },
    });
  }

  /**
   * The answer, when its status is one of `request.answers`; an `OperationalError` otherwise. An
   * aborted signal is thrown as its reason, unless a request that changes something was on its way.
   * A request that is not repeatable is sent once at most: its error is `after` when it was
   * certainly not carried out (with the pause that a 429 asks for), `unknown-outcome` when it may
   * have been, and `never` when it was refused.
   */
  async exchange(request: CloudRequest, call: Call): Promise<CloudAnswer> {
    if (!request.repeatable) return await this.#exchangeOnce(request, call);
    const budget = startBudget(call, this.#clock);
    for (let attempt = 1; ; attempt++) {
      throwIfAborted(call.signal);
      const outcome = await this.#attempt(request, budget.rest(), call.deadlineMs);
      if (!(outcome instanceof OperationalError)) return outcome;
      if (outcome.retry !== 'after') throw outcome;
      const pauseMs = nextRetryDelayMs(this.#retry, attempt, this.#random, outcome.retryAfterMs);
      if (pauseMs === undefined || pauseMs >= budget.rest().deadlineMs) throw outcome;
      await this.#clock.sleep(pauseMs, call.signal);
    }
  }

  async #exchangeOnce(request: CloudRequest, call: Call): Promise<CloudAnswer> {
    throwIfAborted(call.signal);
    const { endsAtMonotonicMs } = request.lastLook ?? lookedNow(this.#clock);
    const isOver = (): boolean => this.#clock.monotonicMs() >= endsAtMonotonicMs;
    const over = new AbortController();
    const done = new AbortController();
    this.#clock.sleep(endsAtMonotonicMs - this.#clock.monotonicMs(), done.signal).then(
      () => over.abort(new Error('too late to be sent')),
      () => {},
    );
    try {
      const start = { signal: over.signal, isOver };
      const outcome = await this.#attempt(request, call, call.deadlineMs, start);
      if (outcome instanceof OperationalError) throw outcome;
      return outcome;
    } finally {
      done.abort(new Error('done'));
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #attempt(
    request: CloudRequest,
    rest: Call,
    deadlineMs: number,
    start?: StartLimit,
  ): Promise<CloudAnswer | OperationalError> {
    if (rest.deadlineMs <= 0) return failureByDeadline(request, false, deadlineMs);
    const limitMs = Math.min(rest.deadlineMs, LIMITS.cloudRequestMs);
    const late = new AbortController();
    const done = new AbortController();
    this.#clock.sleep(limitMs, done.signal).then(
      () => late.abort(new Error('too late')),
      () => {},
    );
    try {
      const answer = await sendOnce(
        this.#agent,
        {
          method: request.method,
          url: new URL(request.url),
          headers: headersOf(request),
          body: request.body === undefined ? null : JSON.stringify(request.body),
          maxAnswerBytes: this.#maxAnswerBytes,
        },
        {
          signal: anySignal(rest.signal, late.signal),
          ...(start === undefined ? {} : { start }),
        },
      );
      return request.answers.includes(answer.status)
        ? read(answer)
        : failureByStatus(request, answer);
    } catch (error) {
      if (!(error instanceof SendFailure)) throw error;
      if (error.tooLarge) return failureWithoutAnswer(request, error);
      if (rest.signal?.aborted) {
        const reason = aborted(rest.signal);
        throw error.sent && !request.repeatable ? failureByAbort(request, reason) : reason;
      }
      if (late.signal.aborted) {
        return failureByDeadline(request, error.sent, Math.min(deadlineMs, LIMITS.cloudRequestMs));
      }
      if (error.cause instanceof LookTooOld) return failureByOldLook(request);
      return failureWithoutAnswer(request, error);
    } finally {
      done.abort(new Error('done'));
    }
  }
}

function headersOf(request: CloudRequest): Readonly<Record<string, string>> {
  const body = request.body === undefined ? {} : { 'content-type': 'application/json' };
  return { accept: 'application/json', 'user-agent': 'medevac', ...body, ...request.headers };
}

function read(answer: WireAnswer): CloudAnswer {
  let body: unknown;
  try {
    body = answer.text === '' ? undefined : JSON.parse(answer.text);
  } catch {
    body = undefined;
  }
  return {
    status: answer.status,
    headers: answer.headers,
    body,
    explanation: answer.status < 400 ? '' : explanationOf(answer),
    requestId: requestIdOf(answer.headers),
  };
}
