/**
 * Keystone v3 as far as clients and services of the simulated cloud need it: a token for a password
 * or an application credential, its validation and revocation, and the catalogue that comes with
 * it.
 */
import { type Clock, type Json, newUuid, type Random } from '@medevac/kernel';
import {
  type Account,
  type Authenticated,
  DOMAIN,
  PROJECT,
  whoAuthenticates,
} from './keystone-accounts.ts';
import {
  isObject,
  keystoneError,
  ok,
  Refusal,
  readObject,
  UNAUTHENTICATED,
  type WireAnswer,
  type WireRequest,
} from './wire.ts';

export interface KeystoneOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly accounts: readonly Account[];
  /** Addresses by service type, asked for at every token: a service may appear later. */
  readonly catalogue: () => Readonly<Record<string, string>>;
}

export const REGION = 'RegionOne';
const TOKEN_LIFE_MS = 3_600_000;
/** So long after its end a service may still ask about a token; Keystone's default. */
const EXPIRED_WINDOW_MS = 172_800_000;
/** The oldest are forgotten first; a client asks again when its token is refused. */
const MAX_TOKENS = 10_000;
const ACCESS_RULES_HEADER = 'openstack-identity-access-rules';

interface IssuedToken extends Authenticated {
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

export class SimulatedKeystone {
  readonly #options: KeystoneOptions;
  readonly #tokens = new Map<string, IssuedToken>();

  constructor(options: KeystoneOptions) {
    this.#options = options;
  }

  /** Whether a service may carry out a request with this token. */
  isValid(token: string | undefined): boolean {
    return token !== undefined && this.#find(token) !== undefined;
  }

  /** Whether the token carries this role. */
  hasRole(token: string | undefined, role: string): boolean {
    const found = token === undefined ? undefined : this.#find(token);
    return found?.account.roles.includes(role) === true;
  }

  async answer(request: WireRequest): Promise<WireAnswer> {
    const call = `${request.method} ${request.path}`;
    try {
      if (call === 'POST /auth/tokens') return this.#authenticate(request);
      if (call === 'GET /auth/tokens') return this.#validate(request);
      if (call === 'DELETE /auth/tokens') return this.#revoke(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return keystoneError(error.status, 'Bad Request', error.message);
    }
    const message = `The resource could not be found: ${request.path}`;
    return keystoneError(404, 'Not Found', message);
  }

  #authenticate(request: WireRequest): WireAnswer {
    const { auth } = readObject(request);
    if (!isObject(auth) || !isObject(auth['identity'])) {
      throw new Refusal(400, "Invalid input for field/attribute auth: 'identity' is required.");
    }
    const who = whoAuthenticates(auth, this.#options.accounts);
    if (who === undefined) return keystoneError(401, 'Unauthorized', UNAUTHENTICATED);
    const nowMs = this.#options.clock.wallMs();
    const token = { ...who, issuedAtMs: nowMs, expiresAtMs: nowMs + TOKEN_LIFE_MS };
    const id = newUuid(this.#options.random).replaceAll('-', '');
    this.#keep(id, token);
    return {
      kind: 'answer',
      status: 201,
      headers: { 'x-subject-token': id },
      body: { token: this.#describe(token, true) },
    };
  }

  #validate(request: WireRequest): WireAnswer {
    if (!this.isValid(request.headers['x-auth-token'])) {
      return keystoneError(401, 'Unauthorized', UNAUTHENTICATED);
    }
    const subject = request.headers['x-subject-token'] ?? '';
    const graceMs = request.query.get('allow_expired') === '1' ? EXPIRED_WINDOW_MS : 0;
    const token = this.#find(subject, graceMs);
    // A service that does not know access rules must not take a token that is limited by them.
    const isBeyond =
      token?.credential?.accessRules !== undefined &&
      !(Number(request.headers[ACCESS_RULES_HEADER]) >= 1);
    if (token === undefined || isBeyond) {
      return keystoneError(404, 'Not Found', 'This is not a recognized Fernet token');
    }
    const withCatalogue = !request.query.has('nocatalog');
    return ok({ token: this.#describe(token, withCatalogue) }, { 'x-subject-token': subject });
  }

  #revoke(request: WireRequest): WireAnswer {
    if (!this.isValid(request.headers['x-auth-token'])) {
      return keystoneError(401, 'Unauthorized', UNAUTHENTICATED);
    }
    const isKnown = this.#tokens.delete(request.headers['x-subject-token'] ?? '');
    if (isKnown) return { kind: 'answer', status: 204 };
    return keystoneError(404, 'Not Found', 'This is not a recognized Fernet token');
  }

  #describe(token: IssuedToken, withCatalogue: boolean): Json {
    const { account, credential, scope } = token;
    const roles = account.roles.map((name) => ({ id: name, name }));
    const scopes = {
      project: { project: { ...PROJECT, domain: DOMAIN }, is_domain: false, roles },
      system: { system: { all: true }, roles },
      none: {},
    };
    return {
      methods: [credential === undefined ? 'password' : 'application_credential'],
      user: { id: account.id, name: account.name, domain: DOMAIN, password_expires_at: null },
      audit_ids: [],
      issued_at: stamp(token.issuedAtMs),
      expires_at: stamp(token.expiresAtMs),
      ...scopes[scope],
      ...(credential === undefined ? {} : { application_credential: describe(credential) }),
      ...(scope !== 'none' && withCatalogue ? { catalog: this.#catalogue() } : {}),
    };
  }

  #catalogue(): Json {
    return Object.entries(this.#options.catalogue()).map(([type, url]) => ({
      id: type,
      type,
      name: type,
      endpoints: ['public', 'internal', 'admin'].map((side) => ({
        id: `${type}-${side}`,
        interface: side,
        url,
        region: REGION,
        region_id: REGION,
      })),
    }));
  }

  #find(id: string, graceMs = 0): IssuedToken | undefined {
    const token = this.#tokens.get(id);
    return token !== undefined && this.#options.clock.wallMs() < token.expiresAtMs + graceMs
      ? token
      : undefined;
  }

  #keep(id: string, token: IssuedToken): void {
    this.#tokens.set(id, token);
    for (const oldest of this.#tokens.keys()) {
      if (this.#tokens.size <= MAX_TOKENS) return;
      this.#tokens.delete(oldest);
    }
  }
}

const stamp = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

const describe = ({ id, name, accessRules }: NonNullable<Authenticated['credential']>): Json => ({
  id,
  name,
  restricted: true,
  ...(accessRules === undefined
    ? {}
    : { access_rules: accessRules.map((rule, index) => ({ id: `${id}-${index}`, ...rule })) }),
});
