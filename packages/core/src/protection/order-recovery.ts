/**
 * In which order instances are brought back: the highest priority first, an instance after those
 * that it names in `medevac:after`, members of one server group together, those whose owner asked
 * for it before the others, and the oldest first among equals.
 *
 * What others wait for counts as much as the most important one that waits for it: a database of
 * priority 2 that an instance of priority 9 needs comes as if it had priority 9.
 */

export interface OrderFacts {
  readonly uuid: string;
  readonly name: string;
  readonly projectId: string;
  /** 0 to 10; 10 comes first. */
  readonly priority: number;
  readonly isAsked: boolean;
  /** UUIDs or names of instances of the same project, as its owner wrote them. */
  readonly after: readonly string[];
  /** Server groups that it is a member of. */
  readonly groups: readonly string[];
  readonly createdAt: string;
}

export interface Ordered<Facts extends OrderFacts> {
  readonly facts: Facts;
  /** Instances of this recovery that must have their final answer before this one begins. */
  readonly waitsFor: readonly string[];
  /** What the owner asked for and cannot be: dependencies in a circle, or unknown ones. */
  readonly notes: readonly string[];
}

export function orderRecovery<Facts extends OrderFacts>(
  instances: readonly Facts[],
): readonly Ordered<Facts>[] {
  const ranked = instances.toSorted(compareAlone);
  const graph = new Dependencies(ranked);
  const priorities = graph.priorities();
  const groupRank = rankGroups(ranked, priorities);
  const priorityOf = (one: Facts): number => priorities.get(one.uuid) ?? one.priority;
  const wished = ranked.toSorted(
    (a, b) =>
      priorityOf(b) - priorityOf(a) ||
      (groupRank.get(a.uuid) ?? 0) - (groupRank.get(b.uuid) ?? 0) ||
      compareAlone(a, b),
  );
  return graph.sort(wished);
}

/** Without a look at the others. */
const compareAlone = (a: OrderFacts, b: OrderFacts): number =>
  b.priority - a.priority ||
  Number(b.isAsked) - Number(a.isAsked) ||
  compare(a.createdAt, b.createdAt) ||
  compare(a.uuid, b.uuid);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Place of each instance's first group, in the order in which groups come up. */
function rankGroups(
  ranked: readonly OrderFacts[],
  priorities: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const rankOf = new Map<string, number>();
  const byPriority = ranked.toSorted(
    (a, b) => (priorities.get(b.uuid) ?? 0) - (priorities.get(a.uuid) ?? 0),
  );
  for (const one of byPriority) {
    // An instance without a group is a group of its own.
    const group = [one.groups[0] ?? '', priorities.get(one.uuid), one.groups[0] ? '' : one.uuid];
    const key = JSON.stringify(group);
    if (!places.has(key)) places.set(key, places.size);
    rankOf.set(one.uuid, places.get(key) ?? 0);
  }
  return rankOf;
}

/** Who waits for whom, without circles. */
class Dependencies<Facts extends OrderFacts> {
  readonly #instances: readonly Facts[];
  readonly #waitsFor = new Map<string, string[]>();
  readonly #notes = new Map<string, string[]>();

  constructor(instances: readonly Facts[]) {
    this.#instances = instances;
    const names = new Map<string, readonly string[]>();
    for (const { uuid, name, projectId } of instances) {
      names.set(uuid, [uuid]);
      const key = nameKey(projectId, name);
      names.set(key, [...(names.get(key) ?? []), uuid]);
    }
    for (const one of instances) this.#read(one, names);
  }

  priorities(): ReadonlyMap<string, number> {
    const found = new Map(this.#instances.map((one) => [one.uuid, one.priority]));
    const raise = (uuid: string, to: number): void => {
      if ((found.get(uuid) ?? 0) < to) found.set(uuid, to);
      for (const first of this.#waitsFor.get(uuid) ?? []) {
        if ((found.get(first) ?? 0) < to) raise(first, to);
      }
    };
    for (const one of this.#instances) raise(one.uuid, one.priority);
    return found;
  }

  /** As wished, but nobody before those that it waits for. */
  sort(wished: readonly Facts[]): readonly Ordered<Facts>[] {
    const byUuid = new Map(wished.map((one) => [one.uuid, one]));
    const placed = new Set<string>();
    const result: Ordered<Facts>[] = [];
    const place = (facts: Facts): void => {
      if (placed.has(facts.uuid)) return;
      placed.add(facts.uuid);
      const waitsFor = this.#waitsFor.get(facts.uuid) ?? [];
      for (const uuid of waitsFor) {
        const first = byUuid.get(uuid);
        if (first !== undefined) place(first);
      }
      result.push({ facts, waitsFor, notes: this.#notes.get(facts.uuid) ?? [] });
    };
    for (const one of wished) place(one);
    return result;
  }

  #read(one: Facts, names: ReadonlyMap<string, readonly string[]>): void {
    for (const wanted of one.after) {
      const found = names.get(wanted) ?? names.get(nameKey(one.projectId, wanted)) ?? [];
      for (const uuid of found) this.#add(one, uuid, wanted);
    }
  }

  #add(one: Facts, first: string, wanted: string): void {
    if (this.#reaches(first, one.uuid)) {
      const note = `it cannot wait for ${wanted}, which waits for it`;
      this.#notes.set(one.uuid, [...(this.#notes.get(one.uuid) ?? []), note]);
      return;
    }
    const known = this.#waitsFor.get(one.uuid) ?? [];
    if (!known.includes(first)) this.#waitsFor.set(one.uuid, [...known, first]);
  }

  #reaches(from: string, to: string): boolean {
    const seen = new Set<string>([from]);
    for (const uuid of seen) {
      if (uuid === to) return true;
      for (const next of this.#waitsFor.get(uuid) ?? []) seen.add(next);
    }
    return false;
  }
}

const nameKey = (projectId: string, name: string): string => JSON.stringify([projectId, name]);
