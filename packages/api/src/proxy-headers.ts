/**
 * The address under which a caller reached us, when proxies stand between. What they say in
 * `Forwarded` or `X-Forwarded-*` counts only where the operator has said that it may, and only
 * where it looks like what it should be: links are made of it.
 */
import type { IncomingHttpHeaders } from 'node:http';

/** What is known of the way a request came. */
export interface RequestOrigin {
  readonly headers: IncomingHttpHeaders;
  readonly isEncrypted: boolean;
  /** Where the request arrived, for callers that send no `Host`. */
  readonly localAddress: string;
}

/** What the first proxy says of the caller's own request; absent where it says nothing. */
export interface Forwarded {
  readonly scheme?: 'http' | 'https';
  readonly host?: string;
  /** With a slash at its beginning and none at its end; empty without one. */
  readonly prefix: string;
}

const NOTHING: Forwarded = { prefix: '' };
const HOST = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const PREFIX = /^(?:\/[\w.~%-]+)+$/;

/** As oslo.middleware reads them: `Forwarded` comes first, the prefix has a header of its own. */
export function readForwarded(headers: IncomingHttpHeaders, isTrusted: boolean): Forwarded {
  if (!isTrusted) return NOTHING;
  const standard = firstOf(headers.forwarded);
  const { proto, host } =
    standard === undefined
      ? {
          proto: firstOf(headers['x-forwarded-proto']),
          host: firstOf(headers['x-forwarded-host']),
        }
      : pairsOf(standard);
  const scheme = proto?.toLowerCase();
  const prefix = `/${firstOf(headers['x-forwarded-prefix']) ?? ''}`.replace(/\/+$/, '');
  return {
    ...(scheme === 'http' || scheme === 'https' ? { scheme } : {}),
    ...(host !== undefined && HOST.test(host) ? { host } : {}),
    prefix: cleanPrefix(prefix),
  };
}

/** The address under which the caller reached the API, without a slash at the end. */
export function baseUrl(origin: RequestOrigin, isTrusted: boolean): string {
  const forwarded = readForwarded(origin.headers, isTrusted);
  const scheme = forwarded.scheme ?? (origin.isEncrypted ? 'https' : 'http');
  const host = forwarded.host ?? origin.headers.host ?? origin.localAddress;
  return `${scheme}://${host}${forwarded.prefix}`;
}

function cleanPrefix(text: string): string {
  const prefix = text.replace(/^\/+/, '/');
  return PREFIX.test(prefix) ? prefix : '';
}

function firstOf(header: string | readonly string[] | undefined): string | undefined {
  const first = [header ?? []].flat()[0]?.split(',')[0]?.trim();
  return first === '' ? undefined : first;
}

/** `for=192.0.2.60;proto=https;host="cloud:443"`; names know no case, values may be quoted. */
function pairsOf(entry: string): { readonly proto?: string; readonly host?: string } {
  const pairs = entry.split(';').map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return [
      name.trim().toLowerCase(),
      value
        .join('=')
        .trim()
        .replace(/^"(.*)"$/, '$1'),
    ] as const;
  });
  return Object.fromEntries(pairs.filter(([name]) => name === 'proto' || name === 'host'));
}
