/**
 * The hosts on which Nova may put an instance now, with what Placement says is free on them.
 * Placement counts a dead or disabled host like any other, so it is compared with Nova's services.
 */
import type { FitHost } from '@medevac/core';
import type { ProviderCapacity, ServiceView } from '@medevac/openstack';

const DISABLED = 'COMPUTE_STATUS_DISABLED';

export interface HostsQuestion {
  readonly providers: readonly ProviderCapacity[];
  readonly services: readonly ServiceView[];
  readonly failedHost: string;
}

/** `undefined`: the cloud keeps its room in a way of which only Nova can tell what fits. */
export function usableHosts(question: HostsQuestion): readonly FitHost[] | undefined {
  const { providers, services, failedHost } = question;
  const isNested = (one: ProviderCapacity): boolean => one.root !== one.name;
  if (providers.some((one) => isNested(one) && isComputing(one))) return undefined;
  const nameOf = hostNames(providers, services);
  const closed = new Set(services.filter((one) => !isOpen(one)).map(({ host }) => host));
  return providers
    .filter((one) => isComputing(one) && !one.traits.includes(DISABLED))
    .map(({ name, free }) => ({ name: nameOf(name), free }))
    .filter(({ name }) => name !== failedHost && !closed.has(name as ServiceView['host']));
}

const isComputing = ({ free }: ProviderCapacity): boolean => 'VCPU' in free || 'MEMORY_MB' in free;

const isOpen = (view: ServiceView): boolean =>
  view.kind === 'seen' && view.state === 'up' && view.status === 'enabled';

/**
 * A provider goes by its `hypervisor_hostname`. Short and full names match only when unique; one
 * that matches no service keeps its name, and Nova will know whether it takes anything.
 */
function hostNames(
  providers: readonly ProviderCapacity[],
  services: readonly ServiceView[],
): (provider: string) => string {
  const exact = new Set<string>(services.map(({ host }) => host));
  const byShort = Map.groupBy(services, ({ host }) => shortOf(host));
  const providersByShort = Map.groupBy(providers, ({ name }) => shortOf(name));
  return (provider) => {
    if (exact.has(provider)) return provider;
    const short = shortOf(provider);
    const [only, ...others] = byShort.get(short) ?? [];
    const isUnique = others.length === 0 && providersByShort.get(short)?.length === 1;
    return only !== undefined && isUnique ? only.host : provider;
  };
}

/** The host of one provider among these; a name that matches none, or several, stays as it is. */
export function hostOfProvider<Host extends string>(
  provider: string,
  hosts: readonly Host[],
): Host {
  if (hosts.includes(provider as Host)) return provider as Host;
  const [only, ...others] = hosts.filter((host) => shortOf(host) === shortOf(provider));
  return only !== undefined && others.length === 0 ? only : (provider as Host);
}

const shortOf = (name: string): string => name.split('.')[0] ?? name;
