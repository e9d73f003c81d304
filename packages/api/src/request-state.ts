/** What is learned about a request on its way in: its microversion and its caller. */
import { invariant } from '@medevac/kernel';
import type { Identity } from '@medevac/openstack';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DEFAULT_VERSION, type Microversion } from './microversion.ts';

interface RequestState {
  version: Microversion;
  /** What the answer names as version: the one served, or the one that was asked for in vain. */
  versionText: string;
  identity: Identity | undefined;
}

const KEY = 'medevacState';

/** Prepares the requests of an instance to carry their state. */
export function decorateRequests(app: FastifyInstance): void {
  app.decorateRequest(KEY);
  app.addHook('onRequest', async (request) => {
    request.setDecorator<RequestState>(KEY, {
      version: DEFAULT_VERSION,
      versionText: DEFAULT_VERSION,
      identity: undefined,
    });
  });
}

export const stateOf = (request: FastifyRequest): RequestState =>
  request.getDecorator<RequestState>(KEY);

/** The caller of a request that authentication has let in. */
export function identityOf(request: FastifyRequest): Identity {
  const { identity } = stateOf(request);
  invariant(identity !== undefined, 'a route without authentication asked for its caller');
  return identity;
}
