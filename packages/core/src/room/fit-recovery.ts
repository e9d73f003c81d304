/**
 * Which instances of a recovery have room now, in the order of their importance: what fits is asked
 * of Nova, what does not waits untouched. Nova's scheduler keeps the last word: this says no only
 * where Placement's own numbers and the rules of server groups leave no host at all.
 *
 * Each instance takes the host with the most memory left, as Nova does by default, so an important
 * instance never loses its room to a lesser one that comes behind it.
 */
import type { Resources } from './instance-needs.ts';

export interface FitInstance {
  readonly uuid: string;
  readonly resources: Resources;
  /** Only Nova knows what it needs: it is never said to have no room. */
  readonly isPartial: boolean;
  /** Its call is out: it takes room before the others, whatever their importance. */
  readonly isSent: boolean;
}

/** A host on which Nova may put instances now. */
export interface FitHost {
  readonly name: string;
  /** A class that is not in it is not the host's to give, as a disk on shared storage. */
  readonly free: Resources;
}

/** A server group whose rule makes the scheduler refuse hosts. */
export interface FitGroup {
  readonly name: string;
  readonly maxPerHost: number;
  readonly members: readonly string[];
  /** How many members each host has that are not moved by this recovery. */
  readonly onHosts: Readonly<Record<string, number>>;
}

export type Fit =
  | { readonly kind: 'fits'; readonly host: string }
  /** Only Nova can tell. */
  | { readonly kind: 'unsure' }
  | { readonly kind: 'no-room'; readonly reason: string };

export interface FitQuestion {
  /** The most important one first. */
  readonly instances: readonly FitInstance[];
  readonly hosts: readonly FitHost[];
  /** With the rule anti-affinity. */
  readonly groups: readonly FitGroup[];
}

interface Shelf {
  readonly name: string;
  readonly free: Record<string, number>;
}

export function fitRecovery(question: FitQuestion): ReadonlyMap<string, Fit> {
  const { instances, hosts } = question;
  const shelves = hosts.map(({ name, free }): Shelf => ({ name, free: { ...free } }));
  const rules = new Rules(question.groups);
  const fits = new Map<string, Fit>();
  const sent = instances.filter((one) => one.isSent);
  for (const one of [...sent, ...instances.filter((other) => !other.isSent)]) {
    fits.set(one.uuid, place(one, shelves, rules));
  }
  return fits;
}

function place(one: FitInstance, shelves: readonly Shelf[], rules: Rules): Fit {
  const withRoom = shelves.filter(({ free }) => missing(one.resources, free).length === 0);
  const allowed = withRoom.filter(({ name }) => rules.blocking(one.uuid, name) === undefined);
  const [chosen] = allowed.toSorted((a, b) => left(b) - left(a) || compare(a.name, b.name));
  if (chosen !== undefined) {
    for (const [name, amount] of Object.entries(one.resources)) {
      const free = chosen.free[name];
      if (free !== undefined) chosen.free[name] = free - amount;
    }
    rules.put(one.uuid, chosen.name);
  }
  if (one.isPartial) return { kind: 'unsure' };
  if (chosen !== undefined) return { kind: 'fits', host: chosen.name };
  const [first] = withRoom;
  const rule = first && rules.blocking(one.uuid, first.name);
  if (rule !== undefined) {
    const reason =
      `the ${withRoom.length} hosts with room have ${rule.maxPerHost} or more members of the ` +
      `server group ${rule.name} already (anti-affinity)`;
    return { kind: 'no-room', reason };
  }
  return { kind: 'no-room', reason: noRoom(one.resources, shelves) };
}

const left = ({ free }: Shelf): number => free['MEMORY_MB'] ?? 0;
const compare = (a: string, b: string): number => (a < b ? -1 : 1);

/** Classes of which the host has something to give, but too little. */
const missing = (needs: Resources, free: Resources): readonly string[] =>
  Object.entries(needs)
    .filter(([name, amount]) => amount > (free[name] ?? Number.POSITIVE_INFINITY))
    .map(([name]) => name);

function noRoom(needs: Resources, shelves: readonly Shelf[]): string {
  const asked = `it needs ${inWords(needs)}`;
  if (shelves.length === 0) return `${asked}, and no host that may take it has as much free`;
  const most = Object.keys(needs).map((name): [string, number] => [
    name,
    Math.max(0, ...shelves.map(({ free }) => free[name] ?? 0)),
  ]);
  const best = inWords(Object.fromEntries(most));
  const more = 'more important instances counted in';
  const hosts = shelves.length === 1 ? 'one host has' : `each of ${shelves.length} hosts has`;
  return `${asked}; ${hosts} at most ${best} left, ${more}`;
}

/** Amounts as people write them; classes of which nothing is meant are left out. */
export const inWords = (resources: Resources): string =>
  [
    `${resources['VCPU'] ?? 0} VCPU`,
    `${resources['MEMORY_MB'] ?? 0} MiB memory`,
    ...((resources['DISK_GB'] ?? 0) > 0 ? [`${resources['DISK_GB']} GiB disk`] : []),
  ].join(', ');

/** Anti-affinity, with those counted in that have been placed so far. */
class Rules {
  readonly #groups: readonly { readonly group: FitGroup; readonly on: Map<string, number> }[];

  constructor(groups: readonly FitGroup[]) {
    this.#groups = groups.map((group) => ({ group, on: new Map(Object.entries(group.onHosts)) }));
  }

  blocking(uuid: string, host: string): FitGroup | undefined {
    return this.#groups.find(
      ({ group, on }) => group.members.includes(uuid) && (on.get(host) ?? 0) >= group.maxPerHost,
    )?.group;
  }

  put(uuid: string, host: string): void {
    for (const { group, on } of this.#groups) {
      if (group.members.includes(uuid)) on.set(host, (on.get(host) ?? 0) + 1);
    }
  }
}
