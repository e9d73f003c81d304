/** The one place where the clients of a cloud are put together. */
import { type Clock, LIMITS, type Log, type Random, type RetryPolicy } from '@medevac/kernel';
import type { Call } from './call.ts';
import { startBudget } from './call-budget.ts';
import type { CloudConfig } from './config/cloud-config.ts';
import { Transport } from './http/transport.ts';
import { EndpointClient } from './keystone/endpoint-client.ts';
import { KeystoneSession } from './keystone/keystone-session.ts';
import { KeystoneTokens } from './keystone/keystone-tokens.ts';
import type { TokenValidator } from './keystone/tokens.ts';
import { HttpNova, novaBaseUrl } from './nova/http-nova.ts';
import type { Nova } from './nova/nova.ts';
import { HttpPlacement } from './placement/http-placement.ts';
import type { Placement } from './placement/placement.ts';

export interface CloudOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** For tests; `LIMITS.cloudPageSize` otherwise. */
  readonly pageSize?: number;
  /** For tests: how reads are retried within a call. */
  readonly retry?: RetryPolicy;
}

export interface Cloud {
  readonly nova: Nova;
  readonly placement: Placement;
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
  const { clock, random, log, pageSize, retry } = options;
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
  const nova = new HttpNova({
    endpoint: compute,
    clock,
    ...(pageSize === undefined ? {} : { pageSize }),
  });
  const placement = new HttpPlacement(
    new EndpointClient({ session, clock, serviceType: 'placement' }),
    clock,
  );
  return {
    nova,
    placement,
    session,
    tokens: new KeystoneTokens({ session, authUrl: config.authUrl, clock }),
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
