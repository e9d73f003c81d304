/**
 * A report of a scenario, told as its sender lives it: sent to a replica's API as monitors do, and
 * every reply with it, also those after which it is sent again.
 */
import type { Clock } from '@medevac/kernel';
import type { Reply } from '../callers/api-way.ts';
import { type Callers, HOST_STOPPED } from '../callers/callers.ts';
import type { EventOf } from './events-file.ts';
import type { Narrator } from './narrator.ts';

export interface ReportWayParts {
  readonly clock: Clock;
  readonly callers: Callers;
  readonly narrator: Narrator;
}

export class ReportWay {
  readonly #parts: ReportWayParts;

  constructor(parts: ReportWayParts) {
    this.#parts = parts;
  }

  async report(event: EventOf<'report'>): Promise<void> {
    const { callers, clock, narrator } = this.#parts;
    const payload = Object.keys(event.payload).length > 0 ? event.payload : HOST_STOPPED;
    const { by, host, replica, type } = event;
    const said = `${by} reports ${type} ${payload['event'] ?? ''} of ${host}`;
    const report = { type, hostname: host, generatedAtMs: clock.wallMs(), payload };
    const last = await callers.report(report, {
      name: by,
      replica: replica - 1,
      onReply: (reply) => narrator.say('report', `${said}: ${wordsOf(reply)}`),
    });
    if (last === undefined) narrator.say('report', `${said}: given up`);
  }
}

const NO_ANSWER: Readonly<Record<string, string>> = {
  refused: 'the connection is refused',
  'broken-off': 'the connection breaks off',
  timeout: 'no answer comes',
};

function wordsOf(reply: Reply): string {
  if (reply.kind === 'none') return NO_ANSWER[reply.why] ?? reply.why;
  const { status, body } = reply;
  if (status === 202) return `accepted as ${uuidOf(body)}`;
  const told = Object.values((body ?? {}) as Record<string, { readonly message?: string }>)[0];
  // The rest of an unexpected failure names a request and a class, which tell nothing here.
  return `${status}, ${(told?.message ?? '').split('The log of')[0]?.trim()}`;
}

const uuidOf = (body: unknown): string =>
  (body as { readonly notification: { readonly notification_uuid: string } }).notification
    .notification_uuid;
