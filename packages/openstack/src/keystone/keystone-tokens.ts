/**
 * Asks Keystone who a caller's token speaks for. Good answers are kept for a bounded time, after
 * which a revoked token is refused, and never beyond the token's own end; bad ones for a few
 * seconds, so that a flood of one wrong token costs Keystone little. Tokens are kept as hashes only
 * and never reach a log or a message.
 */
import { createHash } from 'node:crypto';
import { type Clock, LIMITS, OperationalError } from '@medevac/kernel';
import type { Call } from '../call.ts';
import { startBudget, waitWithin } from '../call-budget.ts';
import { cloudErrors } from '../errors.ts';
import type { KeystoneSession } from './keystone-session.ts';
import { identityOf } from './token-answer.ts';
import type { IdentifyOptions, Identity, TokenValidator } from './tokens.ts';

interface Entry {
  readonly identity: Identity | undefined;
  readonly untilMonotonicMs: number;
}

interface Question {
  /** The token's hash, and whether its end matters. */
  readonly key: string;
  readonly token: string;
  readonly allowExpired: boolean;
}

export interface KeystoneTokensOptions {
  readonly session: KeystoneSession;
  /** Keystone's v3 address, without a slash at its end. */
  readonly authUrl: string;
  readonly clock: Clock;
  /** A revoked token is refused after this long at the latest; `LIMITS.tokenCacheMs` otherwise. */
  readonly keepMs?: number;
  /** For tests; `LIMITS.tokenCacheEntries` otherwise. */
  readonly maxEntries?: number;
  /** For tests; `LIMITS.tokenValidations` otherwise. */
  readonly maxUnderWay?: number;
}

const REFUSED_MS = 3_000;
const MAX_TOKEN_CHARACTERS = 16_384;
const CALL = 'identity: GET /auth/tokens';
/**
 * Without it Keystone knows no token that is limited by access rules. We keep them: see the API.
 */
const ACCESS_RULES_HEADER = { 'openstack-identity-access-rules': '1' } as const;

export class KeystoneTokens implements TokenValidator {
  readonly #options: KeystoneTokensOptions;
  readonly #maxEntries: number;
  readonly #maxUnderWay: number;
  /** In the order of last use, the oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #underWay = new Map<string, Promise<Identity | undefined>>();

  constructor(options: KeystoneTokensOptions) {
    this.#options = options;
    this.#maxEntries = options.maxEntries ?? LIMITS.tokenCacheEntries;
    this.#maxUnderWay = options.maxUnderWay ?? LIMITS.tokenValidations;
  }

  async identify(
    token: string,
    call: Call,
    { allowExpired = false }: IdentifyOptions = {},
  ): Promise<Identity | undefined> {
    if (!isPossibleToken(token)) return undefined;
    const hash = createHash('sha256').update(token).digest('base64');
    const key = allowExpired ? `${hash} also when expired` : hash;
    const { clock } = this.#options;
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      this.#entries.delete(key);
      if (clock.monotonicMs() < entry.untilMonotonicMs) {
        this.#entries.set(key, entry);
        return entry.identity;
      }
    }
    const shared = this.#underWay.get(key) ?? this.#begin({ key, token, allowExpired });
    return waitWithin(shared, call, clock, 'validation of a token');
  }

  #begin(question: Question): Promise<Identity | undefined> {
    const { key } = question;
    if (this.#underWay.size >= this.#maxUnderWay) {
      throw new OperationalError(
        cloudErrors.busy,
        `${CALL}: ${this.#underWay.size} tokens are being validated, the most are ` +
          `${this.#maxUnderWay} at once`,
      );
    }
    const asked = this.#ask(question)
      .then((entry) => {
        this.#keep(key, entry);
        return entry.identity;
      })
      .finally(() => this.#underWay.delete(key));
    asked.catch(() => {});
    this.#underWay.set(key, asked);
    return asked;
  }

  async #ask({ token, allowExpired }: Question): Promise<Entry> {
    const { session, authUrl, clock, keepMs = LIMITS.tokenCacheMs } = this.#options;
    const budget = startBudget({ deadlineMs: LIMITS.cloudRequestMs }, clock);
    const askedAtMs = clock.monotonicMs();
    const answer = await session.request(
      {
        service: 'identity',
        method: 'GET',
        url: `${authUrl}/auth/tokens?nocatalog${allowExpired ? '&allow_expired=1' : ''}`,
        headers: { 'x-subject-token': token, ...ACCESS_RULES_HEADER },
        repeatable: true,
        answers: [200, 404],
      },
      budget.rest(),
    );
    const refused = { identity: undefined, untilMonotonicMs: askedAtMs + REFUSED_MS };
    if (answer.status === 404) return refused;
    const identity = identityOf(answer, CALL);
    if (allowExpired) return { identity, untilMonotonicMs: askedAtMs + keepMs };
    const leftMs = identity.expiresAtMs - (await session.keystoneNowMs(budget.rest()));
    if (leftMs <= 0) return refused;
    return { identity, untilMonotonicMs: askedAtMs + Math.min(keepMs, leftMs) };
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

/** Anything else cannot be sent in a header, so Keystone cannot have issued it. */
function isPossibleToken(token: string): boolean {
  return token.length <= MAX_TOKEN_CHARACTERS && /^[\x21-\x7e]+$/.test(token);
}
