/**
 * Port: what an operator's own program or service is told at a named point of a recovery, and what
 * it answers. The engine decides when a hook runs, how long it may take and what its failure means;
 * an implementation only carries the word.
 */
import type { HostName, HostUuid, IncidentId, InstanceUuid, SegmentUuid } from '@medevac/kernel';

/**
 * | point | reached when | once per |
 * | --- | --- | --- |
 * | before_fence | the host is judged dead, nothing was done yet | round |
 * | after_fence | there is a confirmation that it is off | round |
 * | before_evacuate | it is forced down, nothing is evacuated yet | round |
 * | after_evacuate | every instance has its final answer | round |
 * | before_instance | the instance is next, nothing was asked for it yet | instance and round |
 * | after_instance | what became of it is known, and not yet told | instance and round |
 * | before_return | its service is about to be enabled again | return |
 * | after_return | it is back and has stayed in service for the time it is watched | return |
 */
export const HookPoint = {
  beforeFence: 'before_fence',
  afterFence: 'after_fence',
  beforeEvacuate: 'before_evacuate',
  afterEvacuate: 'after_evacuate',
  beforeInstance: 'before_instance',
  afterInstance: 'after_instance',
  beforeReturn: 'before_return',
  afterReturn: 'after_return',
} as const;
export type HookPoint = (typeof HookPoint)[keyof typeof HookPoint];

export const HOOK_POINTS: readonly HookPoint[] = Object.values(HookPoint);

/** `hold`: the recovery does not pass the point before the hook succeeds. `note`: it goes on. */
export type HookFailurePolicy = 'hold' | 'note';

/** Whom a run of a hook is about. */
export interface HookSubject {
  readonly incident: IncidentId;
  readonly host: HostName;
  readonly hostUuid: HostUuid;
  /** Absent where the host is on its way back. */
  readonly segmentUuid?: SegmentUuid;
  /** From 1; a recovery that was held by a sign of life begins a new one. Absent at a return. */
  readonly round?: number;
  /** At the points of an instance. */
  readonly instance?: { readonly uuid: InstanceUuid; readonly name: string };
  /** What is known behind the point: flat, and named as it is told. */
  readonly result?: Readonly<Record<string, string | number | null>>;
}

export interface HookCall extends HookSubject {
  /** The same in every repetition of this run, whichever replica repeats it. */
  readonly key: string;
  readonly point: HookPoint;
  /** From 1; a try that a crash has cut short is repeated under its number. */
  readonly attempt: number;
}

export type HookOutcome =
  /** `output`: what it said, bounded; may be empty. */
  | { readonly kind: 'done'; readonly output: string }
  /** `reason`: one sentence without a full stop. */
  | { readonly kind: 'failed'; readonly reason: string; readonly output: string };

export interface Hook {
  /** Unique among the hooks; names steps of the journal. */
  readonly name: string;
  readonly points: readonly HookPoint[];
  readonly onFailure: HookFailurePolicy;
  /** A run that has not answered by then has failed. */
  readonly deadlineMs: number;
  /**
   * Carries the word once. Called again with the same key after a crash or a failure, at least once
   * in all. Gives up, and ends what it has begun, when the signal is aborted. Failures are answers.
   */
  run(call: HookCall, signal: AbortSignal): Promise<HookOutcome>;
}
