/**
 * The documents by which clients find the API and its microversions. keystoneauth replaces the
 * endpoint by the `self` link, so the link must be the address under which the caller reached us.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { HIGHEST_VERSION, LOWEST_VERSION } from './microversion.ts';

export const VERSION_ID = 'v1.0';
const UPDATED = '2016-07-01T11:33:21Z';
const MEDIA_TYPES = [
  { base: 'application/json', type: 'application/vnd.openstack.masakari+json;version=1' },
] as const;

const description = {
  id: VERSION_ID,
  status: 'CURRENT',
  version: HIGHEST_VERSION,
  min_version: LOWEST_VERSION,
  updated: UPDATED,
} as const;

/** What is known of the way a request came. */
export interface RequestOrigin {
  readonly headers: IncomingHttpHeaders;
  readonly isEncrypted: boolean;
  /** Where the request arrived, for callers that send no `Host`. */
  readonly localAddress: string;
}

/** The address under which the caller reached the API, without a slash at the end. */
export function baseUrl(origin: RequestOrigin, trustProxyHeaders: boolean): string {
  const { headers } = origin;
  const forwarded = (name: string): string | undefined =>
    trustProxyHeaders ? firstOf(headers[`x-forwarded-${name}`]) : undefined;
  const scheme = forwarded('proto') ?? (origin.isEncrypted ? 'https' : 'http');
  const host = forwarded('host') ?? headers.host ?? origin.localAddress;
  const prefix = (forwarded('prefix') ?? '').replace(/^\/+|\/+$/g, '');
  return `${scheme}://${host}${prefix === '' ? '' : `/${prefix}`}`;
}

function firstOf(header: string | string[] | undefined): string | undefined {
  const first = [header ?? []].flat()[0]?.split(',')[0]?.trim();
  return first === '' ? undefined : first;
}

/** Answer of the root: every version of the API. */
export const versionsDocument = (base: string) => ({
  versions: [{ ...description, links: [{ rel: 'self', href: `${base}/v1/` }] }],
});

/** Answer of `/v1/`. */
export const versionDocument = (base: string) => ({
  version: {
    ...description,
    links: [
      { rel: 'self', href: `${base}/v1/` },
      { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' },
    ],
    'media-types': MEDIA_TYPES,
  },
});

/** Answer of every path outside of `/v1`: where the caller may have wanted to go. */
export const choicesDocument = (base: string, path: string) => ({
  choices: [
    {
      id: VERSION_ID,
      status: description.status,
      links: [{ rel: 'self', href: `${base}/v1/${path.replace(/^\/+|\/+$/g, '')}` }],
      'media-types': MEDIA_TYPES,
    },
  ],
});
