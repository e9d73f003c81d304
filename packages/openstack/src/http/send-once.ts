/**
 * One HTTP request and nothing else: no retry, no judgement. It keeps the one fact that decides
 * whether a request may be repeated: whether any part of it was put on a connection.
 */
import type { Dispatcher } from 'undici';
import { LookTooOld } from './last-look.ts';

export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly maxAnswerBytes: number;
}

export interface WireAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The answer did not arrive. `sent` is false only if not one byte of the request was written. */
export class SendFailure extends Error {
  readonly sent: boolean;
  readonly tooLarge: boolean;

  constructor(cause: unknown, sent: boolean, tooLarge = false) {
    super('no answer', { cause });
    this.name = 'SendFailure';
    this.sent = sent;
    this.tooLarge = tooLarge;
  }
}

/** When to give a request up. */
export interface SendLimits {
  /** At once, wherever it is. */
  readonly signal: AbortSignal;
  /** Only while nothing was sent: the cause of the failure is `LookTooOld`. */
  readonly start?: StartLimit;
}

export interface StartLimit {
  readonly signal: AbortSignal;
  /** Asked once more directly before the request is written. */
  readonly isOver: () => boolean;
}

/** Sends the request once. Rejects with a `SendFailure` only. */
export function sendOnce(
  agent: Dispatcher,
  request: WireRequest,
  { signal, start }: SendLimits,
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const exchange = new Exchange(request.maxAnswerBytes, start, resolve, reject);
    const onAbort = (): void => exchange.giveUp(signal.reason);
    const onStartOver = (): void => exchange.giveUpUnsent();
    exchange.onSettled = () => {
      signal.removeEventListener('abort', onAbort);
      start?.signal.removeEventListener('abort', onStartOver);
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    start?.signal.addEventListener('abort', onStartOver, { once: true });
    try {
      agent.dispatch(
        {
          origin: request.url.origin,
          path: request.url.pathname + request.url.search,
          method: request.method,
          headers: { ...request.headers },
          body: request.body,
        },
        exchange,
      );
    } catch (error) {
      exchange.giveUp(error);
    }
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  onSettled: () => void = () => {};
  readonly #maxBytes: number;
  readonly #start: StartLimit | undefined;
  readonly #resolve: (answer: WireAnswer) => void;
  readonly #reject: (failure: SendFailure) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #status = 0;
  #headers: Record<string, string> = {};
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    maxBytes: number,
    start: StartLimit | undefined,
    resolve: (answer: WireAnswer) => void,
    reject: (failure: SendFailure) => void,
  ) {
    this.#maxBytes = maxBytes;
    this.#start = start;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Called directly before the request is written. Waiting for a free connection comes before. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#start?.isOver()) this.giveUpUnsent();
    if (this.#settled) {
      controller.abort(new Error('given up before it was sent'));
      return;
    }
    if (this.#controller !== undefined) {
      // The library would send it again on another connection; that is decided elsewhere.
      controller.abort(new Error('sent already'));
      return;
    }
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    for (const [name, value] of Object.entries(headers)) {
      if (value === undefined) continue;
      this.#headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#maxBytes) {
      this.#chunks.push(chunk);
      return;
    }
    const error = new Error(`the answer is larger than ${this.#maxBytes} bytes`);
    this.#fail(new SendFailure(error, true, true));
    controller.abort(error);
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.onSettled();
    this.#resolve({
      status: this.#status,
      headers: this.#headers,
      text: Buffer.concat(this.#chunks).toString('utf8'),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(new SendFailure(error, this.#controller !== undefined));
  }

  giveUp(reason: unknown): void {
    this.#fail(new SendFailure(reason, this.#controller !== undefined));
    this.#controller?.abort(reason instanceof Error ? reason : new Error(String(reason)));
  }

  giveUpUnsent(): void {
    if (this.#controller === undefined) this.giveUp(new LookTooOld('held up before it was sent'));
  }

  #fail(failure: SendFailure): void {
    if (this.#settled) return;
    this.#settled = true;
    this.onSettled();
    this.#reject(failure);
  }
}
