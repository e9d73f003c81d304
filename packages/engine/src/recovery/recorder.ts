/** Moves one incident through its states and writes its timeline, both under the run's tenure. */
import { Guard, IncidentState, isLegalMove } from '@medevac/core';
import { type Clock, type IncidentId, invariant } from '@medevac/kernel';
import type { Scope } from '@medevac/workflow';
import type { IncidentRecord, IncidentStore } from '../stores/incident-store.ts';

/**
 * Steps of the timeline, named as operators know them from Masakari where there is a counterpart.
 */
export const TimelineStep = {
  verdict: 'JudgeHostTask',
  fence: 'FenceHostTask',
  forceDown: 'DisableComputeServiceTask',
  prepare: 'PrepareHAEnabledInstancesTask',
  evacuate: 'EvacuateInstancesTask',
  operator: 'OperatorCommandTask',
  hook: 'HookTask',
} as const;
export type TimelineStep = (typeof TimelineStep)[keyof typeof TimelineStep];

export interface MoveOptions {
  readonly guard?: Guard;
  readonly onlyFrom?: IncidentState;
  /** It stays where it is while an instance has no final answer. */
  readonly onlySettled?: true;
}

export class Recorder {
  readonly #scope: Scope;
  readonly #incidents: IncidentStore;
  readonly #clock: Clock;
  readonly #id: IncidentId;
  #state: IncidentState;
  #sinceMs: number;
  /** The same by the monotonic clock, from the beginning of this life at the earliest. */
  #sinceMonotonicMs: number;
  #guard: string | null;
  #reason: string | null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(scope: Scope, incidents: IncidentStore, clock: Clock, incident: IncidentRecord) {
    this.#scope = scope;
    this.#incidents = incidents;
    this.#clock = clock;
    this.#id = incident.id;
    this.#state = incident.state;
    this.#sinceMs = incident.updatedAtMs;
    this.#sinceMonotonicMs = clock.monotonicMs();
    this.#guard = incident.guard;
    this.#reason = incident.reason;
  }

  get state(): IncidentState {
    return this.#state;
  }

  /**
   * How long the incident has been in its state. It outlives a restart, so it is counted by wall
   * time: it says when a hold has lasted long enough to be given up, and nothing about safety. Of
   * this life the monotonic clock counts as well: a wall clock that is set back stretches no hold.
   */
  get inStateForMs(): number {
    const byWallMs = this.#clock.wallMs() - this.#sinceMs;
    return Math.max(byWallMs, this.#clock.monotonicMs() - this.#sinceMonotonicMs);
  }

  /**
   * Moves the incident, one move after the other; nothing is written when it is there already for
   * the same reason, nor when `onlyFrom` is given and it is elsewhere by then. Answers whether it
   * moved.
   */
  moveTo(to: IncidentState, reason: string, options: MoveOptions = {}): Promise<boolean> {
    return this.#inTurn(() => this.#move(to, reason, options));
  }

  #inTurn(move: () => Promise<boolean>): Promise<boolean> {
    const moved = this.#last.then(move);
    this.#last = moved.catch(() => undefined);
    return moved;
  }

  async #move(to: IncidentState, reason: string, options: MoveOptions): Promise<boolean> {
    const guard = options.guard ?? null;
    if (options.onlyFrom !== undefined && options.onlyFrom !== this.#state) return false;
    if (this.#state === to && this.#guard === guard && this.#reason === reason) return false;
    const when = options.onlySettled === true ? { onlySettled: true as const } : {};
    const move = { from: this.#state, to, guard, reason, atMs: this.#clock.wallMs(), ...when };
    const outcome = await this.#scope.write((tenure) =>
      this.#incidents.move(tenure, this.#id, move),
    );
    if (outcome === 'unsettled') return false;
    // Only the run's holder moves an incident, and the write above was made as its holder.
    invariant(outcome !== 'lost', `the incident ${this.#id} is no longer ${move.from}`);
    // No other wait runs while it is paused: what holds it afterwards holds it from then on.
    if (this.#state !== to || this.#guard === Guard.paused) {
      this.#sinceMs = move.atMs;
      this.#sinceMonotonicMs = this.#clock.monotonicMs();
    }
    this.#state = to;
    this.#guard = guard;
    this.#reason = reason;
    return true;
  }

  /** Whether a guard holds it, or an operator's pause. */
  get isHeld(): boolean {
    return this.#state === IncidentState.held || this.#state === IncidentState.paused;
  }

  /** Holds the incident; by a pause it shows as paused once it has had its verdict. */
  hold(found: { readonly guard: Guard; readonly reason: string }): Promise<boolean> {
    const { guard, reason } = found;
    return this.#inTurn(() => {
      const { held, paused } = IncidentState;
      const isPaused = this.#state === paused || isLegalMove(this.#state, paused);
      return this.#move(guard === Guard.paused && isPaused ? paused : held, reason, { guard });
    });
  }

  /** Adds a line to the timeline. `progress` is 0 to 1 within the step. */
  async note(step: TimelineStep, message: string, progress: number, failed = false): Promise<void> {
    const event = { step, message, progress, failed, atMs: this.#clock.wallMs() };
    await this.#scope.write((tenure) => this.#incidents.addEvent(tenure, this.#id, event));
  }
}
