/**
 * What the dialects of database servers share: the hosts of the address tried in turn, the pool,
 * and what happens to a connection whatever the server is.
 */
import { type Clock, messageOf } from '@medevac/kernel';
import { STORE_ERRORS } from '../../errors.ts';
import { ConnectionPool, DeadlineError, PoolClosedError } from '../server/connection-pool.ts';
import { locationOf, type ServerAddress, type ServerHost } from '../server/database-url.ts';
import type { ServerConnection } from '../server/server-connection.ts';
import { ServerDriver } from '../server/server-driver.ts';
import type { SqlTrouble } from './dialect.ts';

/** How long a server may take; none of these is a setting. */
export interface ServerTimes {
  /** One statement, and the wait for a free connection. */
  readonly statementMs: number;
  /** The server's own bound; shorter, so that its answer comes before we cut the connection. */
  readonly serverStatementMs: number;
  readonly lockWaitMs: number;
  /**
   * A replica that is stopped in the middle of a transaction holds its rows, the lease among them,
   * no longer than this.
   */
  readonly idleTransactionMs: number;
  readonly connectMs: number;
}

/**
 * A Galera cluster takes some 5 s to leave a dead node behind, and commits stand still meanwhile.
 */
export const SERVING_TIMES: ServerTimes = {
  statementMs: 10_000,
  serverStatementMs: 8_000,
  lockWaitMs: 5_000,
  idleTransactionMs: 2_000,
  connectMs: 3_000,
};

/** An index over a large table takes its time; a table in use is waited for only so long. */
export const MIGRATION_TIMES: ServerTimes = {
  ...SERVING_TIMES,
  statementMs: 3_600_000,
  serverStatementMs: 3_500_000,
  lockWaitMs: 30_000,
  idleTransactionMs: 60_000,
};

/** Makes one ready connection to one place; `host` is absent where the address has a socket. */
export type Connect = (host: ServerHost | undefined) => Promise<ServerConnection>;

export type Classify = (error: unknown) => SqlTrouble | undefined;

export interface ServerParts {
  readonly address: ServerAddress;
  readonly clock: Clock;
  readonly times: ServerTimes;
  readonly connect: Connect;
  /** Of the driver's own errors. */
  readonly classify: Classify;
}

export function serverDriver({
  address,
  clock,
  times,
  connect,
  classify,
}: ServerParts): ServerDriver {
  const pool = new ConnectionPool({
    clock,
    limit: address.poolSize,
    deadlineMs: times.statementMs,
    connect: hostByHost(address.hosts, connect),
  });
  const endsConnection = (error: unknown): boolean => {
    const trouble = classify(error);
    return trouble?.kind === 'failure' && ENDING.includes(trouble.error.code);
  };
  return new ServerDriver(pool, endsConnection);
}

/** Another connection, to another host perhaps, may do better after these. */
const ENDING: readonly string[] = [STORE_ERRORS.unavailable.code, STORE_ERRORS.readOnly.code];

/** Stays with the host that answered last; the others are tried in turn when it does not. */
function hostByHost(
  hosts: readonly ServerHost[],
  connect: Connect,
): () => Promise<ServerConnection> {
  let preferred = 0;
  return async () => {
    if (hosts.length === 0) return connect(undefined);
    for (let tried = 1; ; tried++) {
      const index = preferred;
      try {
        return await connect(hosts[index % hosts.length]);
      } catch (error) {
        if (tried === hosts.length) throw error;
        // Unless another caller has moved on already.
        if (preferred === index) preferred = (index + 1) % hosts.length;
      }
    }
  };
}

/** Troubles that come from the pool rather than from the server. */
export function classifyPoolTrouble(
  error: unknown,
  address: ServerAddress,
): SqlTrouble | undefined {
  if (error instanceof DeadlineError)
    return {
      kind: 'failure',
      error: STORE_ERRORS.unavailable,
      message: `the ${locationOf(address)} is too slow: ${error.message}`,
    };
  if (error instanceof PoolClosedError)
    return {
      kind: 'failure',
      error: STORE_ERRORS.closed,
      message: `the ${locationOf(address)} has been closed`,
    };
  return networkTrouble(error, address);
}

/** Codes of Node's sockets and TLS. */
const NETWORK =
  /^(E[A-Z]{3,}|EAI_[A-Z]+|ERR_(TLS|SSL|STREAM)_\w+|CERT_\w+|UNABLE_TO_\w+|\w+_SIGNED_CERT\w*)$/;

function networkTrouble(error: unknown, address: ServerAddress): SqlTrouble | undefined {
  const code = textCode(error);
  if (code === undefined || !NETWORK.test(code)) return undefined;
  const isTls = /^(ERR_(TLS|SSL)|CERT|UNABLE_TO|\w+_SIGNED_CERT)/.test(code);
  return {
    kind: 'failure',
    error: isTls ? STORE_ERRORS.tls : STORE_ERRORS.unavailable,
    message: `the ${locationOf(address)} cannot be reached: ${messageOf(error) || code}`,
  };
}

export function textCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
