/** The servers of a run of `make test-databases`, as its test processes find them. */

export const VARIABLE = 'MEDEVAC_TEST_DATABASES';

export interface TestServers {
  readonly mariadb: string;
  readonly postgresql: string;
  readonly galera: readonly { readonly url: string; readonly pid: number }[];
  /** PEM file of the CA that signed the servers' certificate, which names `localhost`. */
  readonly ca: string;
}

/** `undefined` in an ordinary test run. */
export function testServers(): TestServers | undefined {
  const text = process.env[VARIABLE];
  return text === undefined ? undefined : (JSON.parse(text) as TestServers);
}

export function requiredServers(): TestServers {
  const servers = testServers();
  if (servers === undefined) throw new Error('run these with: make test-databases');
  return servers;
}
