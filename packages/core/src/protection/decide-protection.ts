/**
 * Which instances of a failed host are brought back, how each is left, and why the others are not.
 * Wanted by policy, possible by its state and its devices, and with a disk that outlives the host.
 */
import {
  decidePolicy,
  HaPolicy,
  mayBeEvacuated,
  type PolicyFacts,
  type PolicyRules,
} from './decide-policy.ts';
import { deviceClassesOf } from './device-classes.ts';
import { LEAVING_TASKS, treatmentOf } from './instance-states.ts';

export interface ProtectionFacts extends PolicyFacts {
  readonly vmState: string;
  readonly taskState: string | null;
  /** Its root disk is a volume, which outlives the host whatever the instance storage is. */
  readonly bootsFromVolume: boolean;
}

export interface ProtectionRules extends PolicyRules {
  /** Where root disks made from an image are: `local` ones are lost with their host. */
  readonly storage: 'shared' | 'local';
  /** With `local` storage: lose the data of such disks and build them anew from their image. */
  readonly rebuildsLocalDisks: boolean;
  /** Instances that were in error before are left alone. */
  readonly leavesErrorInstances: boolean;
}

export type Protection =
  | {
      readonly kind: 'evacuate';
      readonly isAsked: boolean;
      readonly reason: string;
      /** What it has lost when it is back: sentences for people. */
      readonly losses: readonly string[];
    }
  /** Left where it is on purpose. */
  | { readonly kind: 'ignore'; readonly reason: string }
  /** Wanted, but it cannot be moved. */
  | { readonly kind: 'refuse'; readonly reason: string };

export function decideProtection(facts: ProtectionFacts, rules: ProtectionRules): Protection {
  const { vmState, taskState } = facts;
  if (taskState !== null && LEAVING_TASKS.includes(taskState)) {
    return { kind: 'ignore', reason: `the instance is ${taskState}: it needs no guest any more` };
  }
  const treatment = treatmentOf(vmState);
  if (treatment.treatment === 'leave') {
    return { kind: 'ignore', reason: `the instance is ${vmState}: ${treatment.reason}` };
  }
  if (vmState === 'error' && rules.leavesErrorInstances) {
    return { kind: 'ignore', reason: 'the instance was in error before its host failed' };
  }
  const { policy, isAsked, reason } = decidePolicy(facts, rules);
  if (policy !== HaPolicy.evacuate) return { kind: 'ignore', reason };
  if (rules.storage === 'local' && !facts.bootsFromVolume && !rules.rebuildsLocalDisks) {
    return {
      kind: 'refuse',
      reason: 'its disk is on the failed host; rebuilding it from its image would lose its data',
    };
  }
  if (treatment.treatment === 'refuse') {
    return { kind: 'refuse', reason: `the instance is ${vmState}: ${treatment.reason}` };
  }
  const classes = deviceClassesOf(facts);
  const refused = classes.find((one) => one.treatment === 'refuse');
  if (refused !== undefined) return { kind: 'refuse', reason: refused.reason };
  const losses = classes.filter((one) => one.treatment === 'degrade').map((one) => one.reason);
  return { kind: 'evacuate', isAsked, reason, losses };
}

/**
 * Whether the instance may be brought back, whatever its image says: only then is it worth while to
 * read the image and the server groups.
 */
export const mayBeWanted = (facts: ProtectionFacts, rules: ProtectionRules): boolean =>
  treatmentOf(facts.vmState).treatment === 'move' && mayBeEvacuated(facts, rules);
