/**
 * Keystone v3 as far as a client of the simulated cloud needs it: a token for a password, its
 * validation, and the catalogue that comes with it. One user with the admin role in one project.
 */
import { type Clock, type Json, newUuid, type Random } from '@medevac/kernel';
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
  readonly password: string;
  /** Addresses by service type, asked for at every token: a service may appear later. */
  readonly catalogue: () => Readonly<Record<string, string>>;
}

export const DOMAIN = { id: 'default', name: 'Default' };
export const REGION = 'RegionOne';
export const USER = { id: 'a0000000000040008000000000000001', name: 'admin' };
export const PROJECT = { id: 'b0000000000040008000000000000001', name: 'admin' };
const ROLES = ['admin', 'member', 'reader'];
const TOKEN_LIFE_MS = 3_600_000;
/** The oldest are forgotten first; a client asks again when its token is refused. */
const MAX_TOKENS = 10_000;

interface IssuedToken {
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly isScoped: boolean;
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

  async answer(request: WireRequest): Promise<WireAnswer> {
    const call = `${request.method} ${request.path}`;
    try {
      if (call === 'POST /auth/tokens') return this.#authenticate(request);
      if (call === 'GET /auth/tokens') return this.#validate(request);
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
    const scope = auth['scope'];
    const isOurs = this.#isOurUser(auth['identity']) && (scope === undefined || isOurScope(scope));
    if (!isOurs) return keystoneError(401, 'Unauthorized', UNAUTHENTICATED);
    const nowMs = this.#options.clock.wallMs();
    const token = {
      issuedAtMs: nowMs,
      expiresAtMs: nowMs + TOKEN_LIFE_MS,
      isScoped: scope !== undefined,
    };
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
    const subject = request.headers['x-subject-token'];
    const token = subject === undefined ? undefined : this.#find(subject);
    if (token === undefined) {
      return keystoneError(404, 'Not Found', 'This is not a recognized Fernet token');
    }
    const withCatalogue = !request.query.has('nocatalog');
    return ok(
      { token: this.#describe(token, withCatalogue) },
      { 'x-subject-token': String(subject) },
    );
  }

  #isOurUser(identity: Readonly<Record<string, unknown>>): boolean {
    const { methods, password } = identity;
    if (!Array.isArray(methods) || !methods.includes('password') || !isObject(password)) {
      return false;
    }
    const { user } = password;
    if (!isObject(user) || user['password'] !== this.#options.password) return false;
    return user['id'] === USER.id || (user['name'] === USER.name && isOurDomain(user['domain']));
  }

  #describe(token: IssuedToken, withCatalogue: boolean): Json {
    const scope = {
      project: { ...PROJECT, domain: DOMAIN },
      is_domain: false,
      roles: ROLES.map((name) => ({ id: name, name })),
    };
    return {
      methods: ['password'],
      user: { ...USER, domain: DOMAIN, password_expires_at: null },
      audit_ids: [],
      issued_at: stamp(token.issuedAtMs),
      expires_at: stamp(token.expiresAtMs),
      ...(token.isScoped ? scope : {}),
      ...(token.isScoped && withCatalogue ? { catalog: this.#catalogue() } : {}),
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

  #find(id: string): IssuedToken | undefined {
    const token = this.#tokens.get(id);
    return token !== undefined && this.#options.clock.wallMs() < token.expiresAtMs
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

const isOurDomain = (domain: unknown): boolean =>
  isObject(domain) && (domain['id'] === DOMAIN.id || domain['name'] === DOMAIN.name);

function isOurScope(scope: unknown): boolean {
  if (!isObject(scope) || !isObject(scope['project'])) return false;
  const { project } = scope;
  const isNamed = project['name'] === PROJECT.name && isOurDomain(project['domain']);
  return isNamed || project['id'] === PROJECT.id;
}
