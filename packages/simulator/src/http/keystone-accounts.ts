/**
 * Who the simulated Keystone knows: users with a password and their application credentials, and
 * which of them a request to authenticate speaks for.
 */
import { isObject } from './wire.ts';

export interface AccessRule {
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

export interface ApplicationCredential {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
  /** Absent: it is not limited. */
  readonly accessRules?: readonly AccessRule[];
}

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly password: string;
  /** In every scope. */
  readonly roles: readonly string[];
  readonly applicationCredentials?: readonly ApplicationCredential[];
}

export type TokenScope = 'project' | 'system' | 'none';

/** Who authenticated, how, and for what. */
export interface Authenticated {
  readonly account: Account;
  readonly credential?: ApplicationCredential;
  readonly scope: TokenScope;
}

export const DOMAIN = { id: 'default', name: 'Default' };
export const PROJECT = { id: 'b0000000000040008000000000000001', name: 'admin' };

/** `undefined`: nobody, as Keystone tells neither which half was wrong nor whether there is one. */
export function whoAuthenticates(
  auth: Readonly<Record<string, unknown>>,
  accounts: readonly Account[],
): Authenticated | undefined {
  const { identity, scope } = auth;
  if (!isObject(identity) || !Array.isArray(identity['methods'])) return undefined;
  if (identity['methods'].includes('application_credential')) {
    // Such a token always has the scope of its credential; asking for one is an error.
    return scope === undefined ? byCredential(identity, accounts) : undefined;
  }
  const account = identity['methods'].includes('password')
    ? byPassword(identity, accounts)
    : undefined;
  const wanted = scopeOf(scope);
  return account === undefined || wanted === undefined ? undefined : { account, scope: wanted };
}

function byPassword(
  identity: Readonly<Record<string, unknown>>,
  accounts: readonly Account[],
): Account | undefined {
  const { password } = identity;
  if (!isObject(password) || !isObject(password['user'])) return undefined;
  const { user } = password;
  return accounts.find((one) => isUser(user, one) && user['password'] === one.password);
}

function byCredential(
  identity: Readonly<Record<string, unknown>>,
  accounts: readonly Account[],
): Authenticated | undefined {
  const given = identity['application_credential'];
  if (!isObject(given)) return undefined;
  for (const account of accounts) {
    const credential = account.applicationCredentials?.find(
      ({ id, name, secret }) =>
        given['secret'] === secret &&
        (given['id'] === id || (given['name'] === name && isUser(given['user'], account))),
    );
    if (credential !== undefined) return { account, credential, scope: 'project' };
  }
  return undefined;
}

function isUser(user: unknown, account: Account): boolean {
  if (!isObject(user)) return false;
  return user['id'] === account.id || (user['name'] === account.name && isOurs(user['domain']));
}

const isOurs = (domain: unknown): boolean =>
  isObject(domain) && (domain['id'] === DOMAIN.id || domain['name'] === DOMAIN.name);

/** `undefined`: a scope that there is not. */
function scopeOf(scope: unknown): TokenScope | undefined {
  if (scope === undefined) return 'none';
  if (!isObject(scope)) return undefined;
  if (isObject(scope['system'])) return scope['system']['all'] === true ? 'system' : undefined;
  const { project } = scope;
  if (!isObject(project)) return undefined;
  const isNamed = project['name'] === PROJECT.name && isOurs(project['domain']);
  return isNamed || project['id'] === PROJECT.id ? 'project' : undefined;
}
