/**
 * A monitor's way with a report, as masakari-monitors have it: 202, 400 and 409 are final, and
 * everything else (another status, no answer) is tried again every ten seconds, twelve times, at
 * the next replica; then the report is given up and forgotten.
 */
import type { InProcessRequest } from '@medevac/api';
import type { Clock } from '@medevac/kernel';
import type { ApiWay, Reply } from './api-way.ts';

export interface Report {
  readonly type: string;
  readonly hostname: string;
  /** When the monitor saw it, by its own clock. */
  readonly generatedAtMs: number;
  readonly payload: Readonly<Record<string, string>>;
}

export interface MonitorParts {
  readonly clock: Clock;
  readonly way: ApiWay;
  /** The monitor's name, which is its token. */
  readonly name: string;
  /** The replica that it asks first. */
  readonly replica: number;
  /** Hears every reply, final or not, and when its request was sent. */
  readonly onReply?: (reply: Reply, sentAtMs: number) => void | Promise<void>;
}

const TRIES = 13;
const RETRY_MS = 10_000;
const FINAL: readonly number[] = [400, 409];

/** The reply that ended it; `undefined` when the report was given up. */
export async function sendReport(report: Report, parts: MonitorParts): Promise<Reply | undefined> {
  const { clock, way, name, replica, onReply } = parts;
  const request = requestOf(report, name);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (attempt > 0) await clock.sleep(RETRY_MS);
    const sentAtMs = clock.monotonicMs();
    const reply = await way.ask(request, replica + attempt);
    await onReply?.(reply, sentAtMs);
    if (reply.kind === 'answer' && isFinal(reply.status)) return reply;
  }
  return undefined;
}

const isFinal = (status: number): boolean =>
  (status >= 200 && status < 300) || FINAL.includes(status);

/** Monitors name no microversion, and write times without a zone. */
function requestOf(report: Report, token: string): InProcessRequest {
  const { type, hostname, generatedAtMs, payload } = report;
  const generated_time = new Date(generatedAtMs).toISOString().slice(0, -1);
  const notification = { type, hostname, generated_time, payload };
  return { method: 'POST', path: '/v1/notifications', token, body: { notification } };
}
