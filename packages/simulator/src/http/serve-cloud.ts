/**
 * A simulated cloud over HTTP: Keystone, Nova and Placement on one loopback address, so that the
 * ordinary client talks to the world as it talks to a real cloud. It decides nothing of its own.
 */
import { type Clock, newUuid, type Random } from '@medevac/kernel';
import type {
  Aggregates,
  Capacity,
  Images,
  InstanceActions,
  Nova,
  Placement,
  ServerGroups,
} from '@medevac/openstack';
import { SimulatedCatalogue } from '../world/simulated-catalogue.ts';
import { answerImages } from './catalogue.ts';
import { REGION, SimulatedKeystone } from './keystone.ts';
import { type Account, DOMAIN, PROJECT } from './keystone-accounts.ts';
import { answerNova, type ServedNova } from './nova.ts';
import type { ActAsOwner } from './nova-request.ts';
import { SimulatedPlacement } from './placement.ts';
import { keystoneError, UNAUTHENTICATED, type WireService } from './wire.ts';
import { openWireServer } from './wire-server.ts';

/** What is served: the ports of the cloud's own client. */
export interface ServableCloud {
  readonly nova: Nova;
  /** Without what it says of capacity that question is refused. */
  readonly placement: Placement & Partial<Capacity>;
  /** Server groups and images; without it there are no groups, and images say nothing. */
  readonly catalogue?: ServerGroups & Images;
  /** Without it there are none. */
  readonly aggregates?: Aggregates;
  /** Without it every instance is missing to every action but evacuation, reset and stop. */
  readonly actions?: InstanceActions;
  /** Owners' own locks; without it they change nothing. */
  act?: ActAsOwner;
}

export interface ServeCloudOptions {
  /** A loopback address: whoever reaches it may guess the password at leisure. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Users beside the one with the admin role, whose password is drawn by chance. */
  readonly accounts?: readonly Account[];
}

const ADMIN = {
  id: 'a0000000000040008000000000000001',
  name: 'admin',
  roles: ['admin', 'member', 'reader'],
};

export interface ServedCloud {
  /** Keystone's v3 address. */
  readonly authUrl: string;
  /** All that a client needs, as the `OS_` variables of the official ones. */
  readonly environment: Readonly<Record<string, string>>;
  /** Enters a service in the catalogue; tokens that are given out from then on carry it. */
  announce(serviceType: string, url: string): void;
  /** Ends all connections; the cloud behind it lives on. */
  close(): Promise<void>;
}

const NO_AGGREGATES: Aggregates = {
  listAggregates: () => Promise.resolve([]),
  addHost: () => Promise.resolve({ kind: 'missing' }),
  removeHost: () => Promise.resolve({ kind: 'missing' }),
};

const missing = () => Promise.resolve({ kind: 'missing' } as const);
const NO_ACTIONS: InstanceActions = {
  listActions: () => Promise.resolve([]),
  start: missing,
  hardReboot: missing,
  pause: missing,
  suspend: missing,
  rescue: missing,
  lock: missing,
  unlock: missing,
  migrate: missing,
  confirmMigration: missing,
  liveMigrate: missing,
};

const servedNova = (cloud: ServableCloud, groups: ServerGroups): ServedNova => ({
  nova: cloud.nova,
  groups,
  aggregates: cloud.aggregates ?? NO_AGGREGATES,
  actions: cloud.actions ?? NO_ACTIONS,
  act: (uuid, action) => cloud.act?.(uuid, action),
});

/** Rejects when the address cannot be listened on. */
export async function serveCloud(
  cloud: ServableCloud,
  options: ServeCloudOptions,
): Promise<ServedCloud> {
  const { clock, random } = options;
  const catalogue = new Map<string, string>();
  const password = newUuid<string>(random);
  const keystone = new SimulatedKeystone({
    clock,
    random,
    accounts: [{ ...ADMIN, password }, ...(options.accounts ?? [])],
    catalogue: () => Object.fromEntries(catalogue),
  });
  const catalogued = cloud.catalogue ?? new SimulatedCatalogue();
  const served = servedNova(cloud, catalogued);
  const placement = new SimulatedPlacement(cloud.placement, random);
  const guarded =
    (service: WireService): WireService =>
    async (request) => {
      if (keystone.isValid(request.headers['x-auth-token'])) return service(request);
      return keystoneError(401, 'Unauthorized', UNAUTHENTICATED);
    };
  const server = await openWireServer({
    host: options.host,
    port: options.port,
    random,
    services: {
      '/identity/v3': (request) => keystone.answer(request),
      '/compute/v2.1': guarded((request) =>
        answerNova(served, request, keystone.hasRole(request.headers['x-auth-token'], 'admin')),
      ),
      '/image': guarded((request) => answerImages(catalogued, request)),
      '/placement': guarded((request) => placement.answer(request)),
    },
  });
  const authUrl = `${server.origin}/identity/v3`;
  catalogue.set('identity', authUrl);
  catalogue.set('compute', `${server.origin}/compute/v2.1`);
  catalogue.set('image', `${server.origin}/image`);
  catalogue.set('placement', `${server.origin}/placement`);
  return {
    authUrl,
    environment: {
      OS_AUTH_URL: authUrl,
      OS_USERNAME: ADMIN.name,
      OS_PASSWORD: password,
      OS_PROJECT_NAME: PROJECT.name,
      OS_USER_DOMAIN_ID: DOMAIN.id,
      OS_PROJECT_DOMAIN_ID: DOMAIN.id,
      OS_REGION_NAME: REGION,
    },
    announce: (serviceType, url) => void catalogue.set(serviceType, url),
    close: () => server.close(),
  };
}
