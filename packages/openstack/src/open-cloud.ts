/** The one place where the clients of a cloud are put together. */
import { type Clock, LIMITS, type Log, type Random, type RetryPolicy } from '@medevac/kernel';
import type { Call } from './call.ts';
import { startBudget } from './call-budget.ts';
import type { CloudConfig } from './config/cloud-config.ts';
import { Transport } from './http/transport.ts';
import { HttpImages } from './image/http-images.ts';
import type { Images } from './image/images.ts';
import { EndpointClient } from './keystone/endpoint-client.ts';
import { KeystoneSession } from './keystone/keystone-session.ts';
import { KeystoneTokens } from './keystone/keystone-tokens.ts';
import type { TokenValidator } from './keystone/tokens.ts';
import type { Aggregates } from './nova/aggregates.ts';
import { HttpAggregates } from './nova/http-aggregates.ts';
import { HttpInstanceActions } from './nova/http-instance-actions.ts';
import { HttpNova, novaBaseUrl } from './nova/http-nova.ts';
import { HttpServerGroups } from './nova/http-server-groups.ts';
import type { InstanceActions } from './nova/instance-actions.ts';
import type { Nova } from './nova/nova.ts';
import type { ServerGroups } from './nova/server-groups.ts';
import { HttpPlacement } from './placement/http-placement.ts';
import type { Capacity, Placement } from './placement/placement.ts';
import { HttpVolumes } from './volume/http-volumes.ts';
import type { Volumes } from './volume/volumes.ts';

export interface CloudOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** For tests; `LIMITS.cloudPageSize` otherwise. */
  readonly pageSize?: number;
  /** For tests: how reads are retried within a call. */
  readonly retry?: RetryPolicy;
  /** How long a caller's valid token is remembered; `LIMITS.tokenCacheMs` unless given. */
  readonly tokenCacheMs?: number;
}

export interface Cloud {
  readonly nova: Nova;
  readonly placement: Placement & Capacity;
  readonly actions: InstanceActions;
  readonly aggregates: Aggregates;
  readonly serverGroups: ServerGroups;
  readonly images: Images;
  readonly volumes: Volumes;
  readonly tokens: TokenValidator;
  readonly session: KeystoneSession;
  /**
   * Authenticates, finds the endpoints that a recovery needs and reads from each once, so that a
   * wrong configuration shows at the start. Throws the error of the first that fails.
   */
  verify(call?: Call): Promise<void>;
  /** Ends all connections; calls under way fail. */
  close(): Promise<void>;
}

/** Makes no request: the first call does. */
export function openCloud(config: CloudConfig, options: CloudOptions): Cloud {
  const { clock, random, log, pageSize, retry, tokenCacheMs } = options;
  const transport = new Transport({
    clock,
    random: random.fork('cloud'),
    tls: config.tls,
    ...(retry === undefined ? {} : { retry }),
  });
  const session = new KeystoneSession({ config, transport, clock, log });
  const compute = new EndpointClient({
    session,
    clock,
    serviceType: 'compute',
    baseUrl: novaBaseUrl,
  });
  const paged = { endpoint: compute, clock, ...(pageSize === undefined ? {} : { pageSize }) };
  const nova = new HttpNova(paged);
  const placement = new HttpPlacement(
    new EndpointClient({ session, clock, serviceType: 'placement' }),
    clock,
  );
  return {
    nova,
    placement,
    actions: new HttpInstanceActions(compute),
    aggregates: new HttpAggregates(compute, clock),
    serverGroups: new HttpServerGroups(paged),
    images: new HttpImages(session, clock),
    volumes: new HttpVolumes(session, clock),
    session,
    tokens: new KeystoneTokens({
      session,
      authUrl: config.authUrl,
      clock,
      ...(tokenCacheMs === undefined ? {} : { keepMs: tokenCacheMs }),
    }),
    verify: async (call = { deadlineMs: LIMITS.cloudRequestMs }) => {
      const budget = startBudget(call, clock);
      await session.authenticate(budget.rest());
      await session.endpoint('compute', budget.rest());
      await session.endpoint('placement', budget.rest());
      await nova.listComputeServices({}, budget.rest());
      await placement.verify(budget.rest());
    },
    close: async () => {
      session.close();
      await transport.close();
    },
  };
}
