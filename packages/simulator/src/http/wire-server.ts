/**
 * A plain HTTP server on loopback that gives each simulated service its own path prefix. It bounds
 * what it reads and ends every connection when it is closed.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { LIMITS, newUuid, type Random } from '@medevac/kernel';
import type { WireAnswer, WireRequest, WireService } from './wire.ts';

export interface WireServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly random: Random;
  /** By path prefix, for instance `/compute/v2.1`. */
  readonly services: Readonly<Record<string, WireService>>;
}

export interface WireServer {
  /** Without a slash at its end. */
  readonly origin: string;
  close(): Promise<void>;
}

/** Rejects when the address cannot be listened on. */
export async function openWireServer(options: WireServerOptions): Promise<WireServer> {
  const server = createServer((request, response) => {
    serve(options, request, response).catch((error: unknown) => {
      // An error of the simulation itself must end the program, not look like one of the cloud.
      response.destroy();
      throw error;
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  const name = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    origin: `http://${name}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  options: WireServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the caller has gone')));
  const text = await readText(request);
  if (text === undefined) {
    response.destroy();
    return;
  }
  const origin = `http://${request.headers.host ?? options.host}`;
  const requestId = `req-${newUuid(options.random)}`;
  const url = readAddress(request.url, origin);
  if (url === undefined) {
    send(response, { kind: 'answer', status: 400 }, requestId);
    return;
  }
  const found = findService(options.services, url.pathname);
  const answer: WireAnswer =
    found === undefined
      ? { kind: 'answer', status: 404, body: { error: { code: 404, message: 'Not Found' } } }
      : await found.service({
          ...readHead(request),
          path: url.pathname.slice(found.prefix.length),
          query: url.searchParams,
          text,
          baseUrl: `${origin}${found.prefix}`,
          requestId,
          signal: gone.signal,
        });
  send(response, answer, requestId);
}

/** `undefined` when it is no address, or its path cannot be decoded. */
function readAddress(text: string | undefined, origin: string): URL | undefined {
  const url = URL.parse(text ?? '/', origin);
  if (url === null) return undefined;
  try {
    decodeURIComponent(url.pathname);
    return url;
  } catch {
    return undefined;
  }
}

function findService(
  services: WireServerOptions['services'],
  path: string,
): { readonly prefix: string; readonly service: WireService } | undefined {
  for (const [prefix, service] of Object.entries(services)) {
    if (path === prefix || path.startsWith(`${prefix}/`)) return { prefix, service };
  }
  return undefined;
}

const readHead = (request: IncomingMessage): Pick<WireRequest, 'method' | 'headers'> => ({
  method: request.method ?? 'GET',
  headers: Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  ),
});

/** `undefined` when the caller has gone, or sends more than any call of a recovery needs. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > LIMITS.apiBodyBytes) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, answer: WireAnswer, requestId: string): void {
  if (answer.kind === 'broken') {
    response.destroy();
    return;
  }
  const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-openstack-request-id': requestId,
    ...answer.headers,
  });
  response.end(text);
}
