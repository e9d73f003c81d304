/**
 * From the token of a request to the identity of its caller. A token that Keystone did not confirm
 * is never let in, and Keystone's silence is never told as a bad token: clients would renew theirs.
 */
import { InvariantError, LIMITS, messageOf } from '@medevac/kernel';
import type { Identity, TokenValidator } from '@medevac/openstack';
import { keystoneUnavailable, Unauthorized } from './errors.ts';

/** Throws `Unauthorized` without a valid token, and a 503 when Keystone cannot tell. */
export async function authenticate(
  token: string | readonly string[] | undefined,
  tokens: TokenValidator,
): Promise<Identity> {
  if (typeof token !== 'string' || token.trim() === '') throw new Unauthorized('no token');
  const identity = await identify(token.trim(), tokens);
  if (identity === undefined) throw new Unauthorized('the token is not valid');
  return identity;
}

async function identify(token: string, tokens: TokenValidator): Promise<Identity | undefined> {
  try {
    return await tokens.identify(token, { deadlineMs: LIMITS.cloudRequestMs });
  } catch (error) {
    if (error instanceof InvariantError) throw error;
    throw keystoneUnavailable(error, messageOf(error));
  }
}

/** Who is behind a request, as evidence and notifications keep it: user and project. */
export const callerOf = (identity: Identity): string =>
  identity.projectId === null ? identity.userId : `${identity.userId}/${identity.projectId}`;
