/** Validation of the tokens that callers of our own API present. */
import type { Call } from '../call.ts';
import type { AccessRule } from './access-rules.ts';

export interface Identity {
  readonly userId: string;
  readonly userName: string;
  readonly userDomainId?: string;
  /** `null` for tokens that are scoped to a domain or to the system. */
  readonly projectId: string | null;
  readonly projectDomainId?: string;
  /** Of a token that is scoped to a domain. */
  readonly domainId?: string;
  /** Of a token that is scoped to the whole system. */
  readonly systemScope?: 'all';
  readonly roles: readonly string[];
  /** Absent where Keystone names no admin project: then every project counts as one. */
  readonly isAdminProject?: boolean;
  /** What the token's application credential is limited to; absent when it is not limited. */
  readonly accessRules?: readonly AccessRule[];
  /** Keystone's own stamp; compare it with Keystone's clock only. */
  readonly expiresAtMs: number;
  /** The service that sends the request on behalf of the user, when it has shown a token too. */
  readonly service?: Omit<Identity, 'service'>;
}

export interface IdentifyOptions {
  /**
   * Take a token that has ended as long as Keystone still knows it, for work that a service goes on
   * with; never one that was revoked.
   */
  readonly allowExpired?: boolean;
}

export interface TokenValidator {
  /** Who the token speaks for; `undefined` when it is invalid, expired or revoked. */
  identify(token: string, call: Call, options?: IdentifyOptions): Promise<Identity | undefined>;
}
