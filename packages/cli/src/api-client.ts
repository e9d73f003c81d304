/**
 * Calls of the command line to a running Medevac, found through Keystone's catalogue like any
 * service.
 */
import { homedir } from 'node:os';
import { type Json, OperationalError, silentLog, systemClock, systemRandom } from '@medevac/kernel';
import { EndpointClient, loadCloud, openCloud } from '@medevac/openstack';
import { CLI_ERRORS } from './errors.ts';
import type { Row } from './print.ts';

export interface ApiOptions {
  readonly osCloud?: string;
  /** Address of Medevac instead of the catalogue's. */
  readonly url?: string;
}

/** Masakari's API below `/v1`, or Medevac's own below `/medevac/v1`. */
export type Surface = 'masakari' | 'medevac';

export interface ApiClient {
  get(path: string, query?: Readonly<Record<string, string>>): Promise<Row>;
  post(path: string, body: Json): Promise<Row>;
  put(path: string, body: Json): Promise<Row>;
  remove(path: string): Promise<void>;
  /** Every object of a list, page after page; `marker` is the field that a page begins behind. */
  list(
    path: string,
    key: string,
    query?: Readonly<Record<string, string>>,
    marker?: string,
  ): Promise<readonly Row[]>;
}

/** The catalogue's address may end with a version and a project, or with neither. */
const BASE_URL: Readonly<Record<Surface, (address: string) => string>> = {
  masakari: (address) => (/\/v1(\/|$)/.test(address) ? address : `${address}/v1`),
  medevac: (address) => `${address.replace(/\/v1(\/.*)?$/, '')}/medevac/v1`,
};
const MICROVERSION = '1.3';
const CALL = { deadlineMs: 60_000 } as const;
const PAGE = 500;
const PAGES = 1_000;
const SUCCESS = [200, 201, 202, 204];

/** Runs `use` with a client and closes its connections afterwards. */
export async function withApi<T>(
  options: ApiOptions,
  surface: Surface,
  use: (api: ApiClient) => Promise<T>,
): Promise<T> {
  const config = await loadCloud({
    env: process.env,
    homeDir: homedir(),
    cwd: process.cwd(),
    ...(options.osCloud === undefined ? {} : { cloud: options.osCloud }),
  });
  const { url } = options;
  const endpointOverrides =
    url === undefined
      ? config.endpointOverrides
      : { ...config.endpointOverrides, 'instance-ha': url.replace(/\/+$/, '') };
  const cloud = openCloud(
    { ...config, endpointOverrides },
    { clock: systemClock, random: systemRandom, log: silentLog },
  );
  const endpoint = new EndpointClient({
    session: cloud.session,
    clock: systemClock,
    serviceType: 'instance-ha',
    baseUrl: BASE_URL[surface],
  });
  try {
    return await use(clientOf(endpoint));
  } finally {
    await cloud.close();
  }
}

function clientOf(endpoint: EndpointClient): ApiClient {
  const ask = async (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    more: { readonly body?: Json; readonly query?: Readonly<Record<string, string>> } = {},
  ): Promise<Row> => {
    const request = { method, path, ...more, microversion: MICROVERSION, answers: SUCCESS };
    return (await endpoint.ask(request, CALL)).body as Row;
  };
  return {
    get: (path, query) => ask('GET', path, query === undefined ? {} : { query }),
    post: (path, body) => ask('POST', path, { body }),
    put: (path, body) => ask('PUT', path, { body }),
    remove: async (path) => {
      await ask('DELETE', path);
    },
    list: async (path, key, query = {}, markerField = 'id') => {
      const rows: Row[] = [];
      for (let page = 0; page < PAGES; page++) {
        const marker = rows.at(-1)?.[markerField];
        const isMarker = typeof marker === 'number' || typeof marker === 'string';
        const more = isMarker ? { marker: String(marker) } : {};
        const body = await ask('GET', path, { query: { ...query, limit: String(PAGE), ...more } });
        const found = body[key] as readonly Row[];
        rows.push(...found);
        if (found.length < PAGE) break;
      }
      return rows;
    },
  };
}

/** Finds an object of a list by UUID or name. */
export function findByName(rows: readonly Row[], what: string, given: string): Row {
  const found = rows.find((row) => row['uuid'] === given || row['name'] === given);
  if (found === undefined) {
    throw new OperationalError(CLI_ERRORS.notFound, `there is no ${what} ${given}`);
  }
  return found;
}
