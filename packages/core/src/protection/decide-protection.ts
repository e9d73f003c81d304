/**
 * Which instances of a failed host are brought back, in which order, and why the others are not.
 */

export interface ProtectionFacts {
  readonly instanceUuid: string;
  readonly vmState: string;
  readonly taskState: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Its root disk is a volume, which outlives the host whatever the instance storage is. */
  readonly bootsFromVolume: boolean;
}

export interface ProtectionPolicy {
  /** Instances without a word of their owner are evacuated too. */
  readonly evacuateAllInstances: boolean;
  /** Metadata key by which owners say yes or no; either answer is a match. */
  readonly metadataKey: string;
  /** Where root disks made from an image are: `local` ones are lost with their host. */
  readonly storage: 'shared' | 'local';
}

export type Protection =
  | { readonly kind: 'evacuate'; readonly rank: number }
  /** Left where it is on purpose. */
  | { readonly kind: 'ignore'; readonly reason: string }
  /** Wanted, but Nova cannot evacuate it in its state. */
  | { readonly kind: 'refuse'; readonly reason: string };

const YES: ReadonlySet<string> = new Set(['1', 't', 'true', 'on', 'y', 'yes']);

/** Nova evacuates instances in these states only; the others answer 409. */
const EVACUABLE: ReadonlySet<string> = new Set(['active', 'stopped', 'error']);

/** What has no guest on the host, or is about to have none. */
const WITHOUT_GUEST: ReadonlySet<string> = new Set([
  'building',
  'deleted',
  'soft-delete',
  'shelved_offloaded',
]);

const LEAVING: ReadonlySet<string> = new Set(['deleting', 'soft-deleting']);

export function decideProtection(facts: ProtectionFacts, policy: ProtectionPolicy): Protection {
  const isLeaving = facts.taskState !== null && LEAVING.has(facts.taskState);
  if (WITHOUT_GUEST.has(facts.vmState) || isLeaving) {
    const state = isLeaving ? 'being deleted' : facts.vmState;
    return { kind: 'ignore', reason: `the instance is ${state}: there is no guest to bring back` };
  }
  const word = facts.metadata[policy.metadataKey];
  const isWanted = word === undefined ? undefined : YES.has(word.trim().toLowerCase());
  if (isWanted === false) {
    return { kind: 'ignore', reason: `its metadata ${policy.metadataKey} is ${word}` };
  }
  if (isWanted === undefined && !policy.evacuateAllInstances) {
    return {
      kind: 'ignore',
      reason: `it has no metadata ${policy.metadataKey}, and not all instances are evacuated`,
    };
  }
  if (policy.storage === 'local' && !facts.bootsFromVolume) {
    return {
      kind: 'refuse',
      reason: 'its disk is on the failed host; rebuilding it from its image would lose its data',
    };
  }
  if (!EVACUABLE.has(facts.vmState)) {
    return {
      kind: 'refuse',
      reason: `Nova evacuates active, stopped and error instances; this one is ${facts.vmState}`,
    };
  }
  return { kind: 'evacuate', rank: isWanted === true ? 0 : 1 };
}
