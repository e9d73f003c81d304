/**
 * Where a request comes from and what it shows of its caller, as far as its headers are believed.
 */
import type { FastifyRequest } from 'fastify';
import type { Presented } from './authenticate.ts';
import type { ApiOptions } from './dependencies.ts';
import { type RequestOrigin, readForwarded } from './proxy-headers.ts';

/** Whether the peer on the other end of the connection is a proxy whose headers count. */
export function isFromProxy(request: FastifyRequest, options: ApiOptions): boolean {
  if (options.trustProxyHeaders !== true) return false;
  const { isTrustedProxy } = options;
  return isTrustedProxy === undefined || isTrustedProxy(request.socket.remoteAddress ?? '');
}

export function originOf(request: FastifyRequest): RequestOrigin {
  const { localAddress, localPort } = request.socket;
  return {
    headers: request.headers,
    isEncrypted: 'encrypted' in request.socket,
    localAddress: `${localAddress ?? 'localhost'}:${localPort ?? 0}`,
  };
}

/** Access rules name the path that the caller asked for, the part before a proxy included. */
export function presentedBy(request: FastifyRequest, options: ApiOptions): Presented {
  const { headers, method, originalUrl } = request;
  const { prefix } = readForwarded(headers, isFromProxy(request, options));
  return {
    method,
    path: `${prefix}${originalUrl.split('?')[0] ?? ''}`,
    token: headers['x-auth-token'],
    serviceToken: headers['x-service-token'],
  };
}
