/** The checks of what Nova says of its hosts and their instances, and the traps in it. */
import { Gate, type HostName } from '@medevac/kernel';
import {
  type ComputeService,
  parseCloudStampMs,
  type Server,
  type ServerList,
} from '@medevac/openstack';
import { type Answer, type Check, count, listSome } from './check.ts';
import type { Facts } from './surroundings.ts';

/** One list of instances for each host, so many at a time. */
const LISTS_AT_ONCE = 8;
const LISTS_MS = 120_000;
/** Longer than the slowest normal step of an instance: a build with a large image. */
const STUCK_MS = 30 * 60_000;

export const checkComputeServices: Check<'session' | 'compute'> = {
  name: 'compute-services',
  needs: ['session', 'compute'],
  provides: ['services'],
  run: async ({ session }, { call }) => {
    const services = await session.nova.listComputeServices({}, call);
    return { ...judgeServices(services), facts: { services } };
  },
};

function judgeServices(services: Facts['services']): Answer {
  if (services.length === 0) {
    const advice = 'Look at openstack compute service list; without hosts nothing is protected.';
    return { level: 'problem', found: 'Nova lists no compute service', advice };
  }
  const seen = services.filter((service) => service.kind === 'seen');
  const isOurs = (service: ComputeService): boolean =>
    service.disabledReason?.startsWith('medevac ') ?? false;
  const groups: Readonly<Record<string, readonly string[]>> = {
    'in a cell that Nova cannot reach': services
      .filter((service) => service.kind === 'unseen')
      .map(({ host }) => host),
    down: hostsOf(seen, (service) => service.state === 'down' && !service.forcedDown),
    'forced down by hand': hostsOf(seen, (service) => service.forcedDown && !isOurs(service)),
    'forced down by Medevac': hostsOf(seen, (service) => service.forcedDown && isOurs(service)),
    disabled: hostsOf(seen, (service) => service.status === 'disabled' && !service.forcedDown),
  };
  const named = Object.entries(groups).filter(([, hosts]) => hosts.length > 0);
  const total = count(services.length, 'compute host');
  if (named.length === 0) return { level: 'ok', found: `${total}, all up and enabled` };
  const parts = named.map(([what, hosts]) => `${what}: ${listSome(hosts)}`);
  return {
    level: seen.length < services.length ? 'problem' : 'warning',
    found: `${total}; ${parts.join('; ')}`,
    advice: 'Repair them, or enable what is fit: a recovery has only the others as destinations.',
    items: named.flatMap(([what, hosts]) => hosts.map((host) => `${host}: ${what}`)),
  };
}

const hostsOf = (
  services: readonly ComputeService[],
  fits: (service: ComputeService) => boolean,
): readonly string[] => services.filter(fits).map(({ host }) => host);

export const checkRegisteredHosts: Check<'registeredHosts' | 'services'> = {
  name: 'registered-hosts',
  needs: ['registeredHosts', 'services'],
  provides: [],
  run: async ({ registeredHosts, services }) => {
    const known = new Set<string>(services.map(({ host }) => host));
    const unknown = registeredHosts.filter((host) => !known.has(host));
    if (unknown.length > 0) {
      return {
        level: 'problem',
        found: `registered, but without a compute service: ${listSome(unknown)}`,
        advice: 'Give them the names of openstack compute service list, or delete them.',
        items: unknown,
      };
    }
    if (registeredHosts.length === 0) {
      const advice = 'Make a segment and register hosts: see the README.';
      return { level: 'warning', found: 'no host is registered, none is protected', advice };
    }
    const registered = new Set<string>(registeredHosts);
    const others = [...known].filter((host) => !registered.has(host));
    const rest = others.length === 0 ? '' : `; not registered: ${listSome(others)}`;
    const hosts = count(registeredHosts.length, 'registered host');
    return { level: 'ok', found: `${hosts}, each with a compute service${rest}` };
  },
};

export const checkReservedHosts: Check<'segments' | 'services'> = {
  name: 'reserved-hosts',
  needs: ['segments', 'services'],
  provides: [],
  run: async ({ segments, services }) => {
    const reserving = segments.filter(({ recoveryMethod }) => recoveryMethod !== 'auto');
    if (reserving.length === 0) {
      return { level: 'ok', found: 'no segment recovers to reserved hosts' };
    }
    const isUp = (host: HostName): boolean =>
      services.some((one) => one.kind === 'seen' && one.host === host && one.state === 'up');
    const without = reserving.filter(({ reserved }) => !reserved.some(isUp));
    const items = without.map(
      ({ name, recoveryMethod, reserved }) =>
        `${name} (${recoveryMethod}): ${count(reserved.length, 'reserved host')}, none of them up`,
    );
    if (items.length === 0) {
      const total = count(reserving.length, 'segment');
      return { level: 'ok', found: `${total} with a reserved host that is up` };
    }
    const waits = without.some(({ recoveryMethod }) => recoveryMethod === 'reserved_host');
    return {
      level: waits ? 'problem' : 'warning',
      found: `no reserved host that is up: ${listSome(without.map(({ name }) => name))}`,
      advice:
        'Set reserved on hosts whose nova-compute runs and is disabled; ' +
        'with reserved_host nothing is evacuated without one.',
      items,
    };
  },
};

export const checkStuckInstances: Check<'session' | 'services'> = {
  name: 'stuck-instances',
  needs: ['session', 'services'],
  provides: ['servers'],
  deadlineMs: LISTS_MS,
  run: async ({ session, services }, { call }) => {
    const gate = new Gate(LISTS_AT_ONCE);
    const hosts = services.filter((service) => service.kind === 'seen').map(({ host }) => host);
    const list = (host: HostName): Promise<ServerList> =>
      gate.run(() => session.nova.listServers({ host }, call), call.signal);
    const servers = (await Promise.all(hosts.map(list))).flatMap((page) => page.servers);
    return { ...judgeInstances(servers, services), facts: { servers } };
  },
};

/** Ages are differences of Nova's own stamps, the newest of them standing for now. */
function judgeInstances(servers: readonly Server[], services: Facts['services']): Answer {
  const reports = services.map((service) => (service.kind === 'seen' ? service.updatedAt : null));
  const stamps = [...reports, ...servers.map(({ updatedAt }) => updatedAt)].map(stampMs);
  const newestMs = stamps.reduce((newest, stamp) => Math.max(newest, stamp), 0);
  const stuck = servers.filter(
    ({ taskState, updatedAt }) => taskState !== null && newestMs - stampMs(updatedAt) > STUCK_MS,
  );
  const total = count(servers.length, 'instance');
  if (stuck.length === 0) {
    return { level: 'ok', found: `${total}, none with a task of more than 30 minutes` };
  }
  const items = stuck.map(
    ({ uuid, host, taskState, updatedAt }) =>
      `${uuid} on ${host ?? 'no host'} is ${taskState} since ${updatedAt}`,
  );
  return {
    level: 'warning',
    found: `${stuck.length} of ${total} with a task of more than 30 minutes: ${listSome(items)}`,
    advice:
      'Nova refuses to evacuate them while the task stands. If nothing works on them any more: ' +
      'openstack server set --state active (or error).',
    items,
  };
}

/** 0 for a service that has never reported, and for what is no time. */
const stampMs = (stamp: string | null): number =>
  stamp === null ? 0 : (parseCloudStampMs(stamp) ?? 0);

export const remindOfGuestStart: Check<never> = {
  name: 'guest-start',
  needs: [],
  provides: [],
  run: async () => ({
    level: 'reminder',
    found:
      "Nova's API does not show resume_guests_state_on_host_boot; where it is true, a host that " +
      'is switched on again may start instances that are being evacuated',
    advice:
      'On each hypervisor: grep -rs resume_guests_state_on_host_boot /etc/nova; ' +
      'it must be false or absent. virsh list --autostart --all must be empty.',
  }),
};
