/**
 * What is done for one instance that failed on a living host, as Nova shows it now. Asked again
 * after every try, so the tries so far are among the facts.
 *
 * | what Nova shows | answer |
 * | --- | --- |
 * | it is gone, on its way out, never finished, or shelved | nothing |
 * | it is on another host than the report's | nothing: its guest there is another one |
 * | paused, rescued, suspended | nothing: its owner or an operator has put it there |
 * | resized | refused: its owner must confirm or revert |
 * | a task | wait; a task that does not end is refused |
 * | stopped by somebody's request | nothing: who stopped it wants it off |
 * | stopped by Nova itself, which saw that the guest is gone | the next way |
 * | active, and somebody else has started or rebooted it since | nothing |
 * | active, error | the next way |
 *
 * The next way is the first one after those tried that may be tried, that the instance's policy
 * allows, and that its state allows.
 */
import type { NotificationStatus } from '../incident/notification-status.ts';
import { HaPolicy, type PolicyAnswer } from '../protection/decide-policy.ts';
import { LEAVING_TASKS } from '../protection/instance-states.ts';
import { backOffMs, type EventAction, type FailurePolicy, RepairWay } from './failure-policy.ts';

export interface FailedInstance {
  readonly vmState: string;
  readonly taskState: string | null;
  readonly host: string | null;
  /**
   * Somebody has asked Nova to stop it since it last ran. What Nova does when it finds the guest
   * gone is nobody's request.
   */
  readonly isStoppedOnRequest: boolean;
  /** Somebody else has started or rebooted it since the report was taken up. */
  readonly isRunByOthers: boolean;
}

export interface InstanceRepairFacts {
  /** `undefined`: Nova has it no more. */
  readonly instance: FailedInstance | undefined;
  readonly reportedHost: string;
  readonly action: Exclude<EventAction, 'ignore'>;
  readonly answer: PolicyAnswer;
  /** Ways that were tried in vain since the failure, in order. */
  readonly tried: readonly RepairWay[];
  /** Tries for this instance within the window, those of earlier failures included. */
  readonly triesInWindow: number;
}

export type InstanceRepairDecision =
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'try'; readonly way: RepairWay; readonly afterMs: number }
  | {
      readonly kind: 'end';
      readonly status: Extract<NotificationStatus, 'finished' | 'ignored' | 'failed'>;
      readonly reason: string;
    };

const RUNNABLE: readonly string[] = ['active', 'stopped', 'error'];

/** States in which an instance is left as it is, with the reason. */
const LEFT: Readonly<Record<string, string>> = {
  paused: 'it stays as its owner or an operator has put it',
  rescued: 'it stays as its owner or an operator has put it',
  suspended: 'its guest is off and its memory is saved',
  building: 'it was never finished: there is no guest to bring back',
  deleted: 'it is deleted',
  'soft-delete': 'its owner has deleted it',
  shelved: 'its guest is off, and its image is kept',
  shelved_offloaded: 'it is on no host',
};

export function decideInstanceRepair(
  facts: InstanceRepairFacts,
  policy: FailurePolicy,
): InstanceRepairDecision {
  const { instance } = facts;
  if (instance === undefined) return end('ignored', 'Nova has the instance no more');
  const byPolicy = answerOfPolicy(facts.answer);
  if (byPolicy !== undefined) return byPolicy;
  const byState = answerOfState(instance, facts.reportedHost);
  if (byState !== undefined) return byState;
  return nextWay(facts, instance, policy);
}

/** As Masakari, which ends the notification of an instance that it does not look after. */
function answerOfPolicy({ policy, reason }: PolicyAnswer): InstanceRepairDecision | undefined {
  if (policy === HaPolicy.never) return end('finished', `The instance is left alone: ${reason}.`);
  if (policy === HaPolicy.stop) return end('finished', `The instance is left off: ${reason}.`);
  return undefined;
}

function answerOfState(
  { vmState, taskState, host, isStoppedOnRequest, isRunByOthers }: FailedInstance,
  reportedHost: string,
): InstanceRepairDecision | undefined {
  if (taskState !== null && LEAVING_TASKS.includes(taskState)) {
    return end('ignored', `the instance is ${taskState}`);
  }
  const left = LEFT[vmState];
  if (left !== undefined) return end('ignored', `the instance is ${vmState}: ${left}`);
  if (host !== reportedHost) {
    return end('ignored', `the instance is on ${host ?? 'no host'} now, not on ${reportedHost}`);
  }
  if (taskState !== null) return { kind: 'wait', reason: `its task ${taskState} is under way` };
  if (vmState === 'resized') {
    const why = 'its resize waits to be confirmed or reverted, and a copy of it is elsewhere';
    return end('failed', `the instance is resized: ${why}; have its owner confirm or revert it`);
  }
  if (!RUNNABLE.includes(vmState)) {
    return end('failed', `nothing is known of the state ${vmState}; look at the instance`);
  }
  if (vmState === 'stopped' && isStoppedOnRequest) {
    return end('ignored', 'the instance was stopped on request: whoever stopped it wants it off');
  }
  if (vmState === 'active' && isRunByOthers) {
    return end('ignored', 'the instance was started or rebooted by somebody else since it failed');
  }
  return undefined;
}

function nextWay(
  { action, answer, tried, triesInWindow }: InstanceRepairFacts,
  { vmState }: FailedInstance,
  policy: FailurePolicy,
): InstanceRepairDecision {
  const possible = policy.ways.filter(
    (way) =>
      !tried.includes(way) &&
      !(way === RepairWay.move && answer.policy !== HaPolicy.evacuate) &&
      !(way === RepairWay.restart && (action === 'reboot' || vmState === 'error')),
  );
  const [way] = possible;
  if (way === undefined) {
    const what = tried.length === 0 ? 'no way is left for it' : `${tried.join(', ')} did not help`;
    return end('failed', `The instance was not brought back: ${what}; look at its log in Nova.`);
  }
  if (triesInWindow >= policy.restartLimit) {
    const minutes = Math.round(policy.restartWindowMs / 60_000);
    const reason = `${triesInWindow} tries within ${minutes} minutes are the limit`;
    return end('failed', `The instance fails again and again: ${reason}; look at its guest.`);
  }
  return { kind: 'try', way, afterMs: backOffMs(triesInWindow, policy) };
}

const end = (
  status: Extract<InstanceRepairDecision, { kind: 'end' }>['status'],
  reason: string,
): InstanceRepairDecision => ({ kind: 'end', status, reason });
