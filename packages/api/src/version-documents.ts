/**
 * The documents by which clients find the API and its microversions. keystoneauth replaces the
 * endpoint by the `self` link, so the link must be the address under which the caller reached us.
 */
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
