/**
 * TLS of our own. The certificate can be changed while connections are open: those keep what they
 * began with, new ones get the new one. Nothing below TLS 1.2 is spoken.
 */
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import { LIMITS } from '@medevac/kernel';

export interface TlsMaterial {
  /** The certificate and those between it and its CA, in this order. */
  readonly certificatePem: string;
  readonly keyPem: string;
  /** When given, callers must show a certificate that one of these has signed. */
  readonly clientCaPem?: string;
}

const KEEP_ALIVE_MS = 72_000;

/** Makes the servers of an API, one for each address, and renews the certificates of all. */
export class TlsServers {
  readonly #servers = new Set<Server>();
  #material: TlsMaterial;

  /** Throws when the material cannot be used, for instance a key of another certificate. */
  constructor(material: TlsMaterial) {
    createSecureContext(contextOf(material));
    this.#material = material;
  }

  create(handle: RequestListener): Server {
    const server = createServer(
      {
        ...contextOf(this.#material),
        ...(this.#material.clientCaPem === undefined
          ? {}
          : { requestCert: true, rejectUnauthorized: true }),
      },
      handle,
    );
    server.requestTimeout = LIMITS.apiReceiveMs;
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    this.#servers.add(server);
    server.once('close', () => this.#servers.delete(server));
    return server;
  }

  /** Throws when the material cannot be used, and goes on with what there was. */
  renew(material: TlsMaterial): void {
    createSecureContext(contextOf(material));
    this.#material = material;
    for (const server of this.#servers) server.setSecureContext(contextOf(material));
  }
}

const contextOf = ({ certificatePem, keyPem, clientCaPem }: TlsMaterial) => ({
  cert: certificatePem,
  key: keyPem,
  ...(clientCaPem === undefined ? {} : { ca: clientCaPem }),
  minVersion: 'TLSv1.2' as const,
});
