/** Validation of the tokens that callers of our own API present. */
import type { Call } from '../call.ts';

export interface Identity {
  readonly userId: string;
  readonly userName: string;
  /** `null` for tokens that are scoped to a domain or to the system. */
  readonly projectId: string | null;
  readonly roles: readonly string[];
  /** Keystone's own stamp; compare it with Keystone's clock only. */
  readonly expiresAtMs: number;
}

export interface TokenValidator {
  /** Who the token speaks for; `undefined` when it is invalid, expired or revoked. */
  identify(token: string, call: Call): Promise<Identity | undefined>;
}
