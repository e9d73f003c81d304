/**
 * The address of a database server, as operators have it in `[database] connection` of their
 * OpenStack services: `mysql+pymysql://user:password@host/database?ssl_ca=...`, `mariadb://`,
 * `postgresql://`. Several hosts, separated by commas, are tried in turn. Parsed once, here; no
 * message that comes from this file repeats the address, because a password may stand in it.
 */
import { isIP } from 'node:net';
import { messageOf, OperationalError } from '@medevac/kernel';
import { STORE_ERRORS } from '../../errors.ts';

export type ServerKind = 'mariadb' | 'postgresql';

export interface ServerHost {
  readonly host: string;
  readonly port: number;
}

/** Where the password comes from; the last two are read anew for every connection. */
export type PasswordSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'address'; readonly password: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'environment'; readonly variable: string };

/** Paths of PEM files; they are read anew for every connection. */
export interface ServerTls {
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly verifiesChain: boolean;
  readonly verifiesName: boolean;
}

export interface ServerAddress {
  readonly kind: ServerKind;
  readonly hosts: readonly ServerHost[];
  /** Path of a Unix socket (MariaDB) or of its directory (PostgreSQL), instead of the hosts. */
  readonly socket?: string;
  readonly user: string;
  readonly password: PasswordSource;
  readonly database: string;
  readonly tls?: ServerTls;
  readonly poolSize: number;
}

const FORM = /^([a-z]+)(?:\+[a-z0-9_]+)?:\/\/(?:([^/?]*)@)?([^/?@]*)\/([^/?#]+)(?:\?([^#]*))?$/i;
const KINDS: Readonly<Record<string, ServerKind>> = {
  mysql: 'mariadb',
  mariadb: 'mariadb',
  postgresql: 'postgresql',
  postgres: 'postgresql',
};
const PORTS: Readonly<Record<ServerKind, number>> = { mariadb: 3306, postgresql: 5432 };

/** More would not be faster: writers of one incident meet on its rows. */
const POOL_SIZE = 10;
const MOST_CONNECTIONS = 100;

const COMMON = ['password_file', 'password_env', 'pool_size'] as const;
const PARAMETERS: Readonly<Record<ServerKind, readonly string[]>> = {
  mariadb: [
    ...COMMON,
    'charset',
    'unix_socket',
    'ssl',
    'ssl_ca',
    'ssl_cert',
    'ssl_key',
    'ssl_verify_cert',
    'ssl_verify_identity',
  ],
  postgresql: [...COMMON, 'client_encoding', 'host', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'],
};

/** Whether an address is meant for a database server at all. */
export const isServerUrl = (url: string): boolean =>
  KINDS[/^[a-z]+/i.exec(url)?.[0].toLowerCase() ?? ''] !== undefined;

/** Throws an OperationalError that says what is wrong, without repeating the address. */
export function parseDatabaseUrl(url: string): ServerAddress {
  const [, scheme = '', userInfo = '', hostList = '', database = '', query = ''] =
    FORM.exec(url) ?? [];
  const kind = KINDS[scheme.toLowerCase()];
  if (kind === undefined || database === '') {
    throw wrong(
      'it must be mysql+pymysql://USER:PASSWORD@HOST/DATABASE, mariadb://... or postgresql://...',
    );
  }
  const parameters = parseParameters(kind, query);
  const colon = userInfo.indexOf(':');
  const user = decode(colon < 0 ? userInfo : userInfo.slice(0, colon), 'user');
  if (user === '') throw wrong('it names no user');
  const password = colon < 0 ? undefined : decode(userInfo.slice(colon + 1), 'password');
  const socket = kind === 'mariadb' ? parameters.get('unix_socket') : parameters.get('host');
  const tls = kind === 'mariadb' ? mariadbTls(parameters) : postgresqlTls(parameters);
  const hosts = socket === undefined ? parseHosts(hostList, PORTS[kind]) : [];
  // The driver would compare the certificate with the name "localhost".
  const numbered = hosts.find(({ host }) => isIP(host) !== 0);
  if (kind === 'mariadb' && tls?.verifiesName && numbered !== undefined)
    throw wrong(`ssl_verify_identity needs names of hosts, and ${numbered.host} is an IP address`);
  return {
    kind,
    user,
    database: decode(database, 'database'),
    password: passwordSource(password, parameters),
    poolSize: poolSize(parameters.get('pool_size')),
    hosts,
    ...(socket === undefined ? {} : { socket: absolute(socket) }),
    ...(tls === undefined ? {} : { tls }),
  };
}

/** For messages: kind, name and place, without user and password. */
export function locationOf(address: ServerAddress): string {
  const kind = address.kind === 'mariadb' ? 'MariaDB' : 'PostgreSQL';
  const places = address.hosts.map(({ host, port }) => `${host}:${port}`).join(', ');
  return `${kind} database ${address.database} at ${address.socket ?? places}`;
}

function parseParameters(kind: ServerKind, query: string): ReadonlyMap<string, string> {
  const known = PARAMETERS[kind];
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!known.includes(name))
      throw wrong(`it has the parameter ${name}; known are ${known.join(', ')}`);
    parameters.set(name, value);
  }
  const encoding = parameters.get('charset') ?? parameters.get('client_encoding') ?? 'utf8';
  if (!/^utf-?8(mb[34])?$/i.test(encoding))
    throw wrong(`it asks for the character set ${encoding}, but only UTF-8 is spoken`);
  return parameters;
}

function parseHosts(list: string, port: number): readonly ServerHost[] {
  return list.split(',').map((text) => {
    const [, bracketed, plain, given] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(text) ?? [];
    const host = bracketed ?? plain;
    const number = given === undefined ? port : Number(given);
    if (host === undefined) throw wrong(`"${text}" is no HOST or HOST:PORT`);
    if (number < 1 || number > 65_535) throw wrong(`${host} has the port ${number}`);
    return { host, port: number };
  });
}

function passwordSource(
  password: string | undefined,
  parameters: ReadonlyMap<string, string>,
): PasswordSource {
  const path = parameters.get('password_file');
  const variable = parameters.get('password_env');
  const given = [password, path, variable].filter((one) => one !== undefined);
  if (given.length > 1) throw wrong('it gives the password in more than one way');
  if (path !== undefined) return { kind: 'file', path: absolute(path) };
  if (variable !== undefined) return { kind: 'environment', variable };
  return password === undefined ? { kind: 'none' } : { kind: 'address', password };
}

function poolSize(text: string | undefined): number {
  if (text === undefined) return POOL_SIZE;
  const size = Number(text);
  if (!Number.isInteger(size) || size < 2 || size > MOST_CONNECTIONS)
    throw wrong(
      `pool_size is ${text}, but it must be a whole number from 2 to ${MOST_CONNECTIONS}`,
    );
  return size;
}

/** As PyMySQL takes them: a CA makes the chain count, the name counts only when asked for. */
function mariadbTls(parameters: ReadonlyMap<string, string>): ServerTls | undefined {
  const files = tlsFiles(parameters, ['ssl_ca', 'ssl_cert', 'ssl_key']);
  const chain = flag(parameters, 'ssl_verify_cert');
  const name = flag(parameters, 'ssl_verify_identity') ?? false;
  const isWanted = flag(parameters, 'ssl') ?? (Object.keys(files).length > 0 || chain || name);
  if (isWanted !== true) return undefined;
  return { ...files, verifiesChain: chain ?? (files.ca !== undefined || name), verifiesName: name };
}

/** As libpq takes them, but never by chance: the modes that may fall back to plain are refused. */
function postgresqlTls(parameters: ReadonlyMap<string, string>): ServerTls | undefined {
  const files = tlsFiles(parameters, ['sslrootcert', 'sslcert', 'sslkey']);
  const mode = parameters.get('sslmode') ?? (files.ca === undefined ? 'disable' : 'verify-ca');
  switch (mode) {
    case 'disable':
      return undefined;
    case 'require':
      return { ...files, verifiesChain: files.ca !== undefined, verifiesName: false };
    case 'verify-ca':
      return { ...files, verifiesChain: true, verifiesName: false };
    case 'verify-full':
      return { ...files, verifiesChain: true, verifiesName: true };
    default:
      throw wrong(`sslmode is ${mode}, but it must be disable, require, verify-ca or verify-full`);
  }
}

function tlsFiles(
  parameters: ReadonlyMap<string, string>,
  [caName, certificateName, keyName]: readonly [string, string, string],
): Pick<ServerTls, 'ca' | 'certificate' | 'key'> {
  const ca = parameters.get(caName);
  const certificate = parameters.get(certificateName);
  const key = parameters.get(keyName);
  if ((certificate === undefined) !== (key === undefined))
    throw wrong(`it gives only one of ${certificateName} and ${keyName}`);
  return {
    ...(ca === undefined ? {} : { ca: absolute(ca) }),
    ...(certificate === undefined ? {} : { certificate: absolute(certificate) }),
    ...(key === undefined ? {} : { key: absolute(key) }),
  };
}

function flag(parameters: ReadonlyMap<string, string>, name: string): boolean | undefined {
  const text = parameters.get(name)?.toLowerCase();
  if (text === undefined) return undefined;
  if (['true', '1', 'yes'].includes(text)) return true;
  if (['false', '0', 'no'].includes(text)) return false;
  throw wrong(`${name} is ${text}, but it must be true or false`);
}

function absolute(path: string): string {
  if (!path.startsWith('/')) throw wrong(`"${path}" is no absolute path`);
  return path;
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw wrong(`its ${what} is not percent-encoded: ${messageOf(error)}`);
  }
}

const wrong = (why: string): OperationalError =>
  new OperationalError(STORE_ERRORS.addressInvalid, `the address of the database: ${why}`);
