/**
 * Load on an HTTP API: a number of clients, each with one kept connection, that send one request
 * after the other until the time is up. What is answered is counted, not parsed, so that the
 * measuring side costs little of the machine that both sides share.
 */
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

export interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
}

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clients: number;
  readonly durationMs: number;
  /** The next request of whichever client is free. */
  readonly next: () => Asked;
}

export interface Served {
  readonly requests: number;
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly bytes: number;
  /** What went wrong, counted: statuses of 400 and more, and connections that broke. */
  readonly errors: Readonly<Record<string, number>>;
}

const ANSWER_TIMEOUT_MS = 60_000;

interface Answer {
  readonly status: number;
  readonly bytes: number;
}

function send(agent: Agent, { url, headers }: Load, asked: Asked): Promise<Answer> {
  const body = asked.body === undefined ? undefined : JSON.stringify(asked.body);
  const more = body === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(asked.path, url),
      { agent, method: asked.method, headers: { ...headers, ...more }, timeout: ANSWER_TIMEOUT_MS },
      (response) => {
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, bytes }));
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Runs the load to its end; requests that are under way at that moment are waited for. */
export async function measureLoad(load: Load): Promise<Served> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.clients });
  const timesMs: number[] = [];
  const errors: Record<string, number> = {};
  let bytes = 0;
  const startMs = performance.now();
  const client = async (): Promise<void> => {
    while (performance.now() - startMs < load.durationMs) {
      const asked = load.next();
      const sentMs = performance.now();
      const answer = await send(agent, load, asked).catch((error: unknown) => String(error));
      timesMs.push(performance.now() - sentMs);
      if (typeof answer !== 'string') bytes += answer.bytes;
      const what = typeof answer === 'string' ? answer : `${asked.method} ${answer.status}`;
      if (typeof answer === 'string' || answer.status >= 400)
        errors[what] = (errors[what] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: load.clients }, client));
  const seconds = (performance.now() - startMs) / 1000;
  agent.destroy();
  timesMs.sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round((timesMs[Math.floor((timesMs.length - 1) * share)] ?? Number.NaN) * 10) / 10;
  return {
    requests: timesMs.length,
    perSecond: Math.round((timesMs.length / seconds) * 10) / 10,
    medianMs: at(0.5),
    p99Ms: at(0.99),
    bytes,
    errors,
  };
}
