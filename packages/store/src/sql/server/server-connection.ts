/**
 * Port: one connection to a database server, and what every kind of server shares: secrets and
 * certificates read at the moment of connecting, so that replaced ones are used without a restart.
 */
import { readFileSync } from 'node:fs';
import { messageOf, OperationalError } from '@medevac/kernel';
import type { QueryResult } from 'kysely';
import { STORE_ERRORS } from '../../errors.ts';
import type { PasswordSource, ServerHost, ServerTls } from './database-url.ts';

export interface ServerConnection {
  /** Rejects with the driver's error. Never two at once. */
  query(text: string, parameters: readonly unknown[]): Promise<QueryResult<unknown>>;
  /** False once the other side or the network has ended it. */
  isOpen(): boolean;
  /** Ends it at once, in the middle of whatever it does; the server rolls back. */
  cut(): void;
  /** Takes leave of the server. */
  close(): Promise<void>;
}

/** What a connection is made with; `host` is absent for a Unix socket. */
export interface ConnectPlace {
  readonly host?: ServerHost;
  readonly connectMs: number;
}

export function readPassword(source: PasswordSource): string {
  switch (source.kind) {
    case 'none':
      return '';
    case 'address':
      return source.password;
    case 'file':
      return readText(source.path, 'the password of the database').replace(/\r?\n$/, '');
    case 'environment': {
      const password = process.env[source.variable];
      if (password === undefined)
        throw new OperationalError(
          STORE_ERRORS.addressInvalid,
          `the password of the database is to be in ${source.variable}, which is not set`,
          { retry: 'after' },
        );
      return password;
    }
  }
}

/** Options of Node's TLS, which every driver takes. */
export function tlsOptions(tls: ServerTls): {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized: boolean;
  readonly minVersion: 'TLSv1.2';
} {
  const { ca, certificate, key } = tls;
  return {
    ...(ca === undefined ? {} : { ca: readText(ca, 'the CA of the database') }),
    ...(certificate === undefined
      ? {}
      : { cert: readText(certificate, 'the certificate for the database') }),
    ...(key === undefined ? {} : { key: readText(key, 'the key for the database') }),
    rejectUnauthorized: tls.verifiesChain,
    minVersion: 'TLSv1.2',
  };
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new OperationalError(
      STORE_ERRORS.addressInvalid,
      `${what} cannot be read: ${messageOf(error)}`,
      { cause: error, retry: 'after' },
    );
  }
}
