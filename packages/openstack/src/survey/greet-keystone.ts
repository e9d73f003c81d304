/**
 * The first word with Keystone, before any credentials: does it answer at the address that the
 * configuration names, and what does its clock show. Nothing is decided by that clock; it is for
 * people, because services whose clocks are apart write stamps that mislead.
 */
import {
  type Clock,
  LIMITS,
  OperationalError,
  type Random,
  type RetryPolicy,
} from '@medevac/kernel';
import { Type } from 'typebox';
import type { Call } from '../call.ts';
import type { CloudConfig } from '../config/cloud-config.ts';
import { cloudErrors } from '../errors.ts';
import { shapeOf } from '../http/answer-shape.ts';
import { Transport } from '../http/transport.ts';

export interface GreetOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** For tests; the transport's own otherwise. */
  readonly retry?: RetryPolicy;
}

export interface Greeting {
  /** As Keystone calls its version, for instance `v3.14`. */
  readonly version: string;
  /** Keystone's `Date` header, to the second; `undefined` when there is none. */
  readonly dateMs: number | undefined;
  /** Our wall clock in the middle of the exchange. */
  readonly ourWallMs: number;
}

const VersionShape = shapeOf(
  Type.Object({ version: Type.Object({ id: Type.String({ pattern: '^v3' }) }) }),
);

/** Reads Keystone's version document without a token. Opens and closes its own connection. */
export async function greetKeystone(
  config: Pick<CloudConfig, 'authUrl' | 'tls'>,
  options: GreetOptions,
  call: Call = { deadlineMs: LIMITS.cloudRequestMs },
): Promise<Greeting> {
  const { clock, random, retry } = options;
  const transport = new Transport({
    clock,
    random: random.fork('greet'),
    tls: config.tls,
    ...(retry === undefined ? {} : { retry }),
  });
  try {
    const startMs = clock.wallMs();
    const answer = await transport.exchange(
      {
        service: 'identity',
        method: 'GET',
        url: config.authUrl,
        headers: {},
        repeatable: true,
        answers: [200],
      },
      call,
    );
    const ourWallMs = (startMs + clock.wallMs()) / 2;
    if (!VersionShape.check(answer.body)) throw notKeystone(config.authUrl);
    const dateMs = Date.parse(answer.headers['date'] ?? '');
    return {
      version: answer.body.version.id,
      dateMs: Number.isNaN(dateMs) ? undefined : dateMs,
      ourWallMs,
    };
  } finally {
    await transport.close();
  }
}

function notKeystone(authUrl: string): OperationalError {
  return new OperationalError(
    cloudErrors.answerUnreadable,
    `what answers at ${authUrl} is not Keystone v3: it gives no version document`,
    { fields: { authUrl } },
  );
}
