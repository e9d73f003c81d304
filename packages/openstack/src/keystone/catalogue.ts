/** Where services are: lookups in the catalogue that came with the token. */
import { OperationalError } from '@medevac/kernel';
import { type Static, Type } from 'typebox';
import type { EndpointInterface } from '../config/cloud-config.ts';
import { cloudErrors } from '../errors.ts';

export const CatalogueSchema = Type.Array(
  Type.Object({
    type: Type.String(),
    name: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    endpoints: Type.Array(
      Type.Object({
        interface: Type.String(),
        url: Type.String(),
        region: Type.Optional(Type.Union([Type.String(), Type.Null()])),
        region_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      }),
    ),
  }),
);

export type Catalogue = Static<typeof CatalogueSchema>;

export interface EndpointQuery {
  readonly serviceType: string;
  readonly interface: EndpointInterface;
  /** Any region when absent. */
  readonly region: string | undefined;
}

/** Other names under which older clouds register a service. The first name is the official one. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  baremetal: ['bare-metal'],
  'block-storage': ['block-store', 'volumev3', 'volumev2', 'volume'],
  'instance-ha': ['ha'],
};

/** The address without a slash at its end. A missing one is an error that names what there is. */
export function findEndpoint(catalogue: Catalogue, query: EndpointQuery): string {
  const types = [query.serviceType, ...(ALIASES[query.serviceType] ?? [])];
  for (const type of types) {
    for (const service of catalogue) {
      if (service.type !== type) continue;
      const found = service.endpoints.find((endpoint) => fits(endpoint, query));
      if (found !== undefined) return found.url.replace(/\/+$/, '');
    }
  }
  throw missing(catalogue, query, types);
}

type Endpoint = Catalogue[number]['endpoints'][number];

const regionOf = (endpoint: Endpoint): string | null =>
  endpoint.region_id ?? endpoint.region ?? null;

function fits(endpoint: Endpoint, query: EndpointQuery): boolean {
  const isInterface = endpoint.interface.replace(/URL$/, '') === query.interface;
  return isInterface && (query.region === undefined || regionOf(endpoint) === query.region);
}

function missing(
  catalogue: Catalogue,
  query: EndpointQuery,
  types: readonly string[],
): OperationalError {
  const offered = catalogue
    .filter((service) => types.includes(service.type))
    .flatMap((service) => service.endpoints)
    .map((endpoint) => `${endpoint.interface} in ${regionOf(endpoint) ?? 'no region'}`);
  const region = query.region === undefined ? 'any region' : `region ${query.region}`;
  const wanted = `${query.interface} endpoint of ${query.serviceType} in ${region}`;
  const there =
    offered.length > 0
      ? `it has: ${offered.join(', ')}`
      : `it has the services: ${catalogue.map((service) => service.type).join(', ') || 'none'}`;
  return new OperationalError(
    cloudErrors.endpointMissing,
    `the catalogue has no ${wanted}; ${there}`,
    { fields: { serviceType: query.serviceType, interface: query.interface } },
  );
}
