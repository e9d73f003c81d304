/**
 * Who calls the API in a simulated world. The name of a caller is its token; who is known has the
 * role that Masakari's policy asks for, and a stranger has a valid token without it.
 */
import type { Identity, TokenValidator } from '@medevac/openstack';

export const OPERATOR = 'operator';
/** A user of the cloud who may not speak of its hosts. */
export const STRANGER = 'stranger';

const PROJECT = 'a3f9c8d27b1e4f50a6d1c2b3e4f50617';
const EXPIRES_AT_MS = Date.UTC(2099, 0, 1);

/** Keystone as the API reaches it: every token is the name of its owner. */
export const callerTokens: TokenValidator = {
  identify: async (token) => identityOf(token),
};

const identityOf = (name: string): Identity => ({
  userId: name,
  userName: name,
  projectId: PROJECT,
  roles: [name === STRANGER ? 'member' : 'admin'],
  expiresAtMs: EXPIRES_AT_MS,
});

/** The caller as the API writes it into notifications and evidence. */
export const observerOf = (name: string): string => `${name}/${PROJECT}`;
