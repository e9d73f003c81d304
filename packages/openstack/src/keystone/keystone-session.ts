/**
 * Our own standing with a cloud: one token shared by all callers, renewed before it ends and when a
 * service refuses it, and the catalogue that came with it. A request that changes something is sent
 * once, whatever the token was worth. The life of a token is the difference of Keystone's two
 * stamps, counted on our monotonic clock: no wall clocks are compared.
 */
import { type Clock, LIMITS, type Log, OperationalError } from '@medevac/kernel';
import { Type } from 'typebox';
import type { Call } from '../call.ts';
import { startBudget, waitWithin } from '../call-budget.ts';
import { requireCloudStampMs } from '../cloud-stamp.ts';
import type { CloudConfig } from '../config/cloud-config.ts';
import { cloudErrors } from '../errors.ts';
import { parseAnswer, parseShape, shapeOf } from '../http/answer-shape.ts';
import { failureByToken } from '../http/failure.ts';
import { lookedNow } from '../http/last-look.ts';
import type { CloudAnswer, CloudRequest, Transport } from '../http/transport.ts';
import { authBody, describeAuth } from './auth-body.ts';
import { type Catalogue, CatalogueSchema, findEndpoint } from './catalogue.ts';

export interface SessionOptions {
  readonly config: CloudConfig;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly log: Log;
}

interface Token {
  readonly id: string;
  readonly catalogue: Catalogue;
  /** Keystone's stamp and our monotonic time of the same moment, as well as we know it. */
  readonly issuedAtMs: number;
  readonly askedAtMonotonicMs: number;
  readonly renewAtMonotonicMs: number;
}

interface Refusal {
  readonly error: OperationalError;
  readonly untilMonotonicMs: number;
}

const TokenShape = shapeOf(
  Type.Object({
    token: Type.Object({
      issued_at: Type.String(),
      expires_at: Type.String(),
      catalog: Type.Optional(CatalogueSchema),
    }),
  }),
);
const SubjectShape = shapeOf(Type.String({ minLength: 1 }));

/** Wrong credentials are not tried again for this long, so that nobody gets locked out by us. */
const REFUSAL_MS = 5_000;

export class KeystoneSession {
  readonly #config: CloudConfig;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #closing = new AbortController();
  #token: Token | undefined;
  #underWay: Promise<Token> | undefined;
  #refusal: Refusal | undefined;

  constructor(options: SessionOptions) {
    this.#config = options.config;
    this.#transport = options.transport;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Authenticates unless that is done already. */
  async authenticate(call: Call): Promise<void> {
    await this.#currentToken(call);
  }

  /** Base address of a service: the configured one, or the catalogue's. No slash at its end. */
  async endpoint(serviceType: string, call: Call): Promise<string> {
    const override = this.#config.endpointOverrides[serviceType];
    if (override !== undefined) return override;
    const token = await this.#currentToken(call);
    return findEndpoint(token.catalogue, {
      serviceType,
      interface: this.#config.interface,
      region: this.#config.region,
    });
  }

  /**
   * Sends a request with our token. When a service refuses the token, a request that changes
   * nothing is sent once more with a new one. One that changes something is not: `after` is thrown
   * (401 precedes any action) while the token is renewed, and also when the token came too late for
   * the caller's last look.
   */
  async request(request: CloudRequest, call: Call): Promise<CloudAnswer> {
    const budget = startBudget(call, this.#clock);
    const lastLook = request.lastLook ?? lookedNow(this.#clock);
    const first = await this.#currentToken(call);
    const tolerant = { ...request, lastLook, answers: [...request.answers, 401] };
    const answer = await this.#transport.exchange(withToken(tolerant, first), budget.rest());
    if (answer.status !== 401) return answer;
    if (this.#token === first) this.#token = undefined;
    this.#log.info('keystone.token_refused', { service: request.service });
    if (!request.repeatable) {
      if (this.#token === undefined) this.#underWay ??= this.#renew();
      throw failureByToken(request, answer);
    }
    const second = await this.#currentToken(budget.rest());
    return this.#transport.exchange(withToken(request, second), budget.rest());
  }

  /** Our token itself, for asking Keystone what it stands for. A secret: it is never shown. */
  async tokenId(call: Call): Promise<string> {
    return (await this.#currentToken(call)).id;
  }

  /** What Keystone's clock shows now, counted on from the stamp of our own token. */
  async keystoneNowMs(call: Call): Promise<number> {
    const token = await this.#currentToken(call);
    return token.issuedAtMs + (this.#clock.monotonicMs() - token.askedAtMonotonicMs);
  }

  /** Ends an authentication that is under way; the session is not used afterwards. */
  close(): void {
    this.#closing.abort(new Error('the cloud session was closed'));
  }

  async #currentToken(call: Call): Promise<Token> {
    const token = this.#token;
    const nowMs = this.#clock.monotonicMs();
    if (token !== undefined && nowMs < token.renewAtMonotonicMs) return token;
    if (this.#refusal !== undefined && nowMs < this.#refusal.untilMonotonicMs) {
      throw this.#refusal.error;
    }
    this.#underWay ??= this.#renew();
    return waitWithin(this.#underWay, call, this.#clock, 'authentication');
  }

  #renew(): Promise<Token> {
    const renewal = this.#authenticate().finally(() => {
      this.#underWay = undefined;
    });
    // Callers that gave up leave nobody to see a failure; those still waiting see it themselves.
    renewal.catch(() => {});
    return renewal;
  }

  async #authenticate(): Promise<Token> {
    const askedAtMonotonicMs = this.#clock.monotonicMs();
    const answer = await this.#transport.exchange(
      {
        service: 'identity',
        method: 'POST',
        url: `${this.#config.authUrl}/auth/tokens`,
        headers: {},
        body: authBody(this.#config.auth),
        // A second token changes nothing for anybody.
        repeatable: true,
        answers: [201, 401],
      },
      { deadlineMs: LIMITS.cloudRequestMs, signal: this.#closing.signal },
    );
    if (answer.status === 401) throw this.#refused(answer);
    const what = 'identity: POST /auth/tokens';
    const { token } = parseAnswer(TokenShape, answer, what);
    const id = parseShape(SubjectShape, answer.headers['x-subject-token'], {
      call: `${what} (X-Subject-Token)`,
      requestId: answer.requestId,
    });
    const issuedAtMs = requireCloudStampMs(token.issued_at, what);
    const lifeMs = requireCloudStampMs(token.expires_at, what) - issuedAtMs;
    const marginMs = Math.min(LIMITS.tokenMarginMs, lifeMs / 2);
    this.#refusal = undefined;
    this.#token = {
      id,
      catalogue: token.catalog ?? [],
      issuedAtMs,
      askedAtMonotonicMs,
      renewAtMonotonicMs: askedAtMonotonicMs + lifeMs - marginMs,
    };
    this.#log.info('keystone.authenticated', { cloud: this.#config.name, lifeMs });
    return this.#token;
  }

  #refused(answer: CloudAnswer): OperationalError {
    const { name, authUrl, auth } = this.#config;
    const request = answer.requestId === undefined ? '' : ` (request ${answer.requestId})`;
    const error = new OperationalError(
      cloudErrors.authFailed,
      `cloud "${name}": Keystone at ${authUrl} refuses ${describeAuth(auth)}: ` +
        `${answer.explanation || 'no reason given'}${request}`,
      { fields: { cloud: name, authUrl, requestId: answer.requestId ?? null } },
    );
    const untilMonotonicMs = this.#clock.monotonicMs() + REFUSAL_MS;
    this.#refusal = { error, untilMonotonicMs };
    return error;
  }
}

const withToken = (request: CloudRequest, token: Token): CloudRequest => ({
  ...request,
  headers: { ...request.headers, 'x-auth-token': token.id },
});
