/**
 * A small cloud on loopback for tests: a real HTTP (or HTTPS) server that plays Keystone and
 * answers everything else with what the test laid down. It records the requests that it was sent.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `drop`: carry it out and close the connection without an answer. `hang`: never answer. */
export type Answer = Reply | 'drop' | 'hang';
export type Responder = (request: SeenRequest) => Answer | Promise<Answer>;

export interface LoopbackCloudOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly tokenLifeMs?: number;
}

export class LoopbackCloud {
  readonly requests: SeenRequest[] = [];
  /** Tokens that Keystone gave out, in order. */
  readonly tokens: string[] = [];
  readonly revoked = new Set<string>();
  password = 'right';
  /** Keystone's clock is far from ours on purpose. */
  keystoneNowMs = Date.UTC(2031, 5, 1);
  tokenLifeMs: number;
  authentication: () => Promise<void> = async () => {};
  readonly #server: Server;
  readonly #scheme: string;
  readonly #routes: { readonly prefix: string; readonly respond: Responder }[] = [];

  constructor(options: LoopbackCloudOptions = {}) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#handle(request, response);
    };
    this.#scheme = options.tls === undefined ? 'http' : 'https';
    this.tokenLifeMs = options.tokenLifeMs ?? 3_600_000;
    this.#server =
      options.tls === undefined
        ? createServer(listener)
        : createTlsServer({ ...options.tls }, listener);
  }

  static async open(options: LoopbackCloudOptions = {}): Promise<LoopbackCloud> {
    const cloud = new LoopbackCloud(options);
    await new Promise<void>((done) => cloud.#server.listen(0, '127.0.0.1', done));
    return cloud;
  }

  get origin(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.#scheme}://127.0.0.1:${port}`;
  }

  get authUrl(): string {
    return `${this.origin}/v3`;
  }

  /** The latest rule for `METHOD /path-prefix` counts. */
  on(prefix: string, respond: Responder | Answer): void {
    const rule = typeof respond === 'function' ? respond : () => respond;
    this.#routes.unshift({ prefix, respond: rule });
  }

  /** Requests whose `METHOD /path` begins so. */
  seen(prefix: string): readonly SeenRequest[] {
    return this.requests.filter((one) => `${one.method} ${one.path}`.startsWith(prefix));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.requests.push(seen);
    const answer = await this.#answer(seen);
    if (answer === 'hang') return;
    if (answer === 'drop') {
      request.socket.destroy();
      return;
    }
    const asked = seen.headers['openstack-api-version'];
    const version = typeof asked === 'string' ? { 'openstack-api-version': asked } : {};
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      'x-openstack-request-id': `req-${this.requests.length}`,
      ...version,
      ...answer.headers,
    });
    const { body } = answer;
    response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
  }

  async #answer(seen: SeenRequest): Promise<Answer> {
    const line = `${seen.method} ${seen.path}`;
    const rule = this.#routes.find((one) => line.startsWith(one.prefix));
    if (line === 'POST /v3/auth/tokens' && rule === undefined) return this.#authenticate(seen);
    if (line === 'GET /v3') {
      // The version document is for everybody.
      const version = { id: 'v3.14', status: 'stable' };
      return rule?.respond(seen) ?? { status: 200, body: { version } };
    }
    const token = seen.headers['x-auth-token'];
    if (typeof token !== 'string' || !this.tokens.includes(token) || this.revoked.has(token)) {
      return { status: 401, body: { error: { message: 'not this token' } } };
    }
    return rule === undefined
      ? { status: 404, body: { itemNotFound: { message: `nothing at ${line}` } } }
      : rule.respond(seen);
  }

  async #authenticate(seen: SeenRequest): Promise<Answer> {
    await this.authentication();
    if (!JSON.stringify(seen.body).includes(`"password":"${this.password}"`)) {
      return { status: 401, body: { error: { message: 'The request requires authentication.' } } };
    }
    const token = `token-${this.tokens.length + 1}`;
    this.tokens.push(token);
    const endpoint = (type: string, path: string) => ({
      type,
      name: type,
      endpoints: ['public', 'internal'].map((one) => ({
        interface: one,
        url: `${this.origin}${path}`,
        region_id: 'one',
        region: 'one',
      })),
    });
    return {
      status: 201,
      headers: { 'x-subject-token': token },
      body: {
        token: {
          issued_at: new Date(this.keystoneNowMs).toISOString(),
          expires_at: new Date(this.keystoneNowMs + this.tokenLifeMs).toISOString(),
          catalog: [
            endpoint('compute', '/v2.1'),
            endpoint('placement', '/placement'),
            endpoint('image', '/image'),
            endpoint('volumev3', '/volume/v3/p'),
          ],
        },
      },
    };
  }
}
