/**
 * Asks Keystone who a caller's token speaks for. Good answers are kept for a minute at most and
 * never beyond the token's own end; bad ones for a few seconds, so that a flood of one wrong token
 * costs Keystone little. Tokens are kept as hashes only and never reach a log or a message.
 */
import { createHash } from 'node:crypto';
import { type Clock, LIMITS } from '@medevac/kernel';
import { Type } from 'typebox';
import type { Call } from '../call.ts';
import { startBudget, waitWithin } from '../call-budget.ts';
import { requireCloudStampMs } from '../cloud-stamp.ts';
import { parseAnswer, shapeOf } from '../http/answer-shape.ts';
import type { CloudAnswer } from '../http/transport.ts';
import type { KeystoneSession } from './keystone-session.ts';
import type { Identity, TokenValidator } from './tokens.ts';

interface Entry {
  readonly identity: Identity | undefined;
  readonly untilMonotonicMs: number;
}

export interface KeystoneTokensOptions {
  readonly session: KeystoneSession;
  /** Keystone's v3 address, without a slash at its end. */
  readonly authUrl: string;
  readonly clock: Clock;
  /** For tests; `LIMITS.tokenCacheEntries` otherwise. */
  readonly maxEntries?: number;
}

const IdentityShape = shapeOf(
  Type.Object({
    token: Type.Object({
      expires_at: Type.String(),
      user: Type.Object({ id: Type.String(), name: Type.String() }),
      project: Type.Optional(Type.Object({ id: Type.String() })),
      roles: Type.Optional(Type.Array(Type.Object({ name: Type.String() }))),
    }),
  }),
);

const REFUSED_MS = 3_000;
const MAX_TOKEN_CHARACTERS = 16_384;
const CALL = 'identity: GET /auth/tokens';

export class KeystoneTokens implements TokenValidator {
  readonly #options: KeystoneTokensOptions;
  readonly #maxEntries: number;
  /** In the order of last use, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #underWay = new Map<string, Promise<Identity | undefined>>();

  constructor(options: KeystoneTokensOptions) {
    this.#options = options;
    this.#maxEntries = options.maxEntries ?? LIMITS.tokenCacheEntries;
  }

  async identify(token: string, call: Call): Promise<Identity | undefined> {
    if (!isPossibleToken(token)) return undefined;
    const key = createHash('sha256').update(token).digest('base64');
    const { clock } = this.#options;
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      this.#entries.delete(key);
      if (clock.monotonicMs() < entry.untilMonotonicMs) {
        this.#entries.set(key, entry);
        return entry.identity;
      }
    }
    const shared = this.#underWay.get(key) ?? this.#begin(key, token);
    return waitWithin(shared, call, clock, 'validation of a token');
  }

  #begin(key: string, token: string): Promise<Identity | undefined> {
    const asked = this.#ask(token)
      .then((entry) => {
        this.#keep(key, entry);
        return entry.identity;
      })
      .finally(() => this.#underWay.delete(key));
    asked.catch(() => {});
    this.#underWay.set(key, asked);
    return asked;
  }

  async #ask(token: string): Promise<Entry> {
    const { session, authUrl, clock } = this.#options;
    const budget = startBudget({ deadlineMs: LIMITS.cloudRequestMs }, clock);
    const askedAtMs = clock.monotonicMs();
    const answer = await session.request(
      {
        service: 'identity',
        method: 'GET',
        url: `${authUrl}/auth/tokens?nocatalog`,
        headers: { 'x-subject-token': token },
        repeatable: true,
        answers: [200, 404],
      },
      budget.rest(),
    );
    if (answer.status === 404) {
      return { identity: undefined, untilMonotonicMs: askedAtMs + REFUSED_MS };
    }
    const identity = identityOf(answer);
    const leftMs = identity.expiresAtMs - (await session.keystoneNowMs(budget.rest()));
    if (leftMs <= 0) return { identity: undefined, untilMonotonicMs: askedAtMs + REFUSED_MS };
    const keepMs = Math.min(LIMITS.tokenCacheMs, leftMs);
    return { identity, untilMonotonicMs: askedAtMs + keepMs };
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) return;
      this.#entries.delete(oldest);
    }
  }
}

function identityOf(answer: CloudAnswer): Identity {
  const { token } = parseAnswer(IdentityShape, answer, CALL);
  return {
    userId: token.user.id,
    userName: token.user.name,
    projectId: token.project?.id ?? null,
    roles: (token.roles ?? []).map((role) => role.name),
    expiresAtMs: requireCloudStampMs(token.expires_at, CALL),
  };
}

/** Anything else cannot be sent in a header, so Keystone cannot have issued it. */
function isPossibleToken(token: string): boolean {
  return token.length <= MAX_TOKEN_CHARACTERS && /^[\x21-\x7e]+$/.test(token);
}
