/**
 * From the tokens of a request to the identity of its caller, as keystonemiddleware does it. A
 * token that Keystone did not confirm is never let in, and Keystone's silence is never told as a
 * bad token: clients would renew theirs.
 */
import { InvariantError, LIMITS, OperationalError } from '@medevac/kernel';
import {
  type IdentifyOptions,
  type Identity,
  isAccessAllowed,
  type TokenValidator,
} from '@medevac/openstack';
import { keystoneUnavailable, Unauthorized } from './errors.ts';

/** What a request shows of its caller. */
export interface Presented {
  readonly method: string;
  /** As the caller sent it, without the query, with what a trusted proxy has taken away. */
  readonly path: string;
  readonly token: string | readonly string[] | undefined;
  /** Of the service that sends the request on behalf of a user. */
  readonly serviceToken?: string | readonly string[] | undefined;
}

export interface Authentication {
  readonly tokens: TokenValidator;
  /**
   * Roles of which a service must have one, so that its token counts for more; `service` unless
   * given.
   */
  readonly serviceRoles?: readonly string[];
}

const SERVICE_TYPE = 'instance-ha';
const SERVICE_ROLES: readonly string[] = ['service'];

/**
 * Throws `Unauthorized` without a valid token, and a 503 when Keystone cannot tell. A valid token
 * of a service with one of the service roles lets the user's token be one that has ended, and lifts
 * the access rules of its application credential; an invalid one spoils the request.
 */
export async function authenticate(
  presented: Presented,
  { tokens, serviceRoles = SERVICE_ROLES }: Authentication,
): Promise<Identity> {
  const service = await identifyService(presented.serviceToken, tokens);
  const isService = service !== undefined && isServiceOf(service, serviceRoles);
  const token = textOf(presented.token);
  if (token === undefined) throw new Unauthorized('no token');
  const user = await identify(token, tokens, isService ? { allowExpired: true } : {});
  if (user === undefined) throw new Unauthorized('the token is not valid');
  if (!isService) requireAccess(user, presented);
  return service === undefined ? user : { ...user, service };
}

async function identifyService(
  presented: Presented['serviceToken'],
  tokens: TokenValidator,
): Promise<Identity | undefined> {
  const token = textOf(presented);
  if (token === undefined) return undefined;
  const service = await identify(token, tokens, {});
  if (service === undefined) throw new Unauthorized('the service token is not valid');
  return service;
}

/** One that is itself limited by access rules stands for no service. */
const isServiceOf = ({ roles, accessRules }: Identity, serviceRoles: readonly string[]): boolean =>
  accessRules === undefined && roles.some((role) => serviceRoles.includes(role));

/** A token that is limited by access rules opens what they name, and nothing else. */
function requireAccess({ accessRules }: Identity, { method, path }: Presented): void {
  if (accessRules === undefined) return;
  if (isAccessAllowed(accessRules, { service: SERVICE_TYPE, method, path })) return;
  throw new Unauthorized('the access rules of the application credential do not allow it');
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  const text = header.trim();
  return text === '' ? undefined : text;
}

async function identify(
  token: string,
  tokens: TokenValidator,
  options: IdentifyOptions,
): Promise<Identity | undefined> {
  try {
    return await tokens.identify(token, { deadlineMs: LIMITS.cloudRequestMs }, options);
  } catch (error) {
    if (error instanceof InvariantError) throw error;
    const pauseMs = error instanceof OperationalError ? error.retryAfterMs : undefined;
    throw keystoneUnavailable(error, pauseMs);
  }
}

/** Who is behind a request, as evidence and notifications keep it: user and project. */
export const callerOf = (identity: Identity): string =>
  identity.projectId === null ? identity.userId : `${identity.userId}/${identity.projectId}`;
