/**
 * A database of a suite's own on a server of the run, and its stores, empty at each opening. With
 * several addresses (the nodes of a Galera cluster) each call goes to the next node, so that what
 * one node has committed must be seen on the others at once.
 */
import { type Clock, systemClock } from '@medevac/kernel';
import { migrateServer, type OpenedServer, openServer, type Stores } from '../../src/index.ts';
import { connectMariadb } from '../../src/sql/dialect/mariadb.ts';
import { connectPostgresql } from '../../src/sql/dialect/postgresql.ts';
import { SERVING_TIMES } from '../../src/sql/dialect/server-dialect.ts';
import { parseDatabaseUrl } from '../../src/sql/server/database-url.ts';
import type { ServerConnection } from '../../src/sql/server/server-connection.ts';
import type { Implementation } from '../contract/implementations.ts';

export async function adminConnection(url: string): Promise<ServerConnection> {
  const address = parseDatabaseUrl(url);
  const connect = address.kind === 'mariadb' ? connectMariadb : connectPostgresql;
  return connect(address, address.hosts[0], SERVING_TIMES);
}

export const databaseIn = (url: string, name: string): string =>
  url.replace(/\/[^/?]+(?=$|\?)/, `/${name}`);

export async function createDatabase(url: string, name: string): Promise<string> {
  const admin = await adminConnection(url);
  await admin.query(`create database ${name}`, []);
  await admin.close();
  return databaseIn(url, name);
}

export async function dropDatabase(url: string, name: string): Promise<void> {
  const admin = await adminConnection(url);
  const isPostgresql = parseDatabaseUrl(url).kind === 'postgresql';
  await admin.query(`drop database if exists ${name}${isPostgresql ? ' with (force)' : ''}`, []);
  await admin.close();
}

let made = 0;

/** A name that no other process of the run uses. */
export const ownName = (): string => `medevac_${process.pid}_${++made}`;

/** Opens one migrated database of its own through each of the addresses. */
export async function openOwn(
  urls: readonly string[],
  clock: Clock = systemClock,
): Promise<{
  readonly name: string;
  readonly opened: readonly OpenedServer[];
  readonly close: () => Promise<void>;
}> {
  const [first = ''] = urls;
  const name = ownName();
  const url = await createDatabase(first, name);
  await migrateServer({ url, clock, resume: false });
  const opened = await Promise.all(
    urls.map((one) => openServer({ url: databaseIn(one, name), clock })),
  );
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((one) => one.close()));
    await dropDatabase(first, name);
  };
  return { name, opened, close };
}

export function serverTables(urls: readonly string[]): Implementation {
  let ready: ReturnType<typeof openOwn> | undefined;
  return {
    open: async () => {
      ready ??= openOwn(urls);
      const { opened } = await ready;
      const [first] = opened;
      if (first === undefined) throw new Error('no address');
      await empty(first);
      return { stores: inTurn(opened.map(({ stores }) => stores)), close: async () => {} };
    },
    close: async () => (await ready)?.close(),
  };
}

/** Children before parents, found out by trying: the suites must not know the tables. */
async function empty({ database }: OpenedServer): Promise<void> {
  const tables = await database.read((db) => db.introspection.getTables());
  let left = tables.map(({ name }) => name).filter((name) => name !== 'schema_version');
  while (left.length > 0) {
    const refused: string[] = [];
    for (const name of left) {
      const table = name as 'lease';
      await database.write((db) => db.deleteFrom(table).execute()).catch(() => refused.push(name));
    }
    if (refused.length === left.length) throw new Error(`cannot empty ${refused.join(', ')}`);
    left = refused;
  }
}

/** The same stores; calls that are not under way together go through one database after another. */
function inTurn(all: readonly Stores[]): Stores {
  const [first] = all;
  if (first === undefined || all.length === 1) return first as Stores;
  let turn = 0;
  let underWay = 0;
  const names = Object.keys(first) as readonly (keyof Stores)[];
  const entries = names.map((name) => {
    const port = new Proxy(first[name], {
      get: (_target, method) => {
        return async (...parameters: readonly unknown[]) => {
          if (underWay++ === 0) turn++;
          const target: object = all[turn % all.length]?.[name] ?? first[name];
          try {
            const member = Reflect.get(target, method) as (...all: unknown[]) => Promise<unknown>;
            return await member.call(target, ...parameters);
          } finally {
            underWay--;
          }
        };
      },
    });
    return [name, port];
  });
  return Object.fromEntries(entries) as Stores;
}
