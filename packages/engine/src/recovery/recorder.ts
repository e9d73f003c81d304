/** Moves one incident through its states and writes its timeline, both under the run's tenure. */
import type { Guard, IncidentState } from '@medevac/core';
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
} as const;
export type TimelineStep = (typeof TimelineStep)[keyof typeof TimelineStep];

export interface MoveOptions {
  readonly guard?: Guard;
  readonly onlyFrom?: IncidentState;
}

export class Recorder {
  readonly #scope: Scope;
  readonly #incidents: IncidentStore;
  readonly #clock: Clock;
  readonly #id: IncidentId;
  #state: IncidentState;
  #sinceMs: number;
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
    this.#guard = incident.guard;
    this.#reason = incident.reason;
  }

  get state(): IncidentState {
    return this.#state;
  }

  /**
   * How long the incident has been in its state. It outlives a restart, so it is counted by wall
   * time: it says when a hold has lasted long enough to be given up, and nothing about safety.
   */
  get inStateForMs(): number {
    return Math.max(0, this.#clock.wallMs() - this.#sinceMs);
  }

  /**
   * Moves the incident, one move after the other; nothing is written when it is there already for
   * the same reason, nor when `onlyFrom` is given and it is elsewhere by then. Answers whether it
   * moved.
   */
  moveTo(to: IncidentState, reason: string, options: MoveOptions = {}): Promise<boolean> {
    const moved = this.#last.then(() => this.#move(to, reason, options));
    this.#last = moved.catch(() => undefined);
    return moved;
  }

  async #move(to: IncidentState, reason: string, options: MoveOptions): Promise<boolean> {
    const guard = options.guard ?? null;
    if (options.onlyFrom !== undefined && options.onlyFrom !== this.#state) return false;
    if (this.#state === to && this.#guard === guard && this.#reason === reason) return false;
    const move = { from: this.#state, to, guard, reason, atMs: this.#clock.wallMs() };
    const outcome = await this.#scope.write((tenure) =>
      this.#incidents.move(tenure, this.#id, move),
    );
    // Only the run's holder moves an incident, and the write above was made as its holder.
    invariant(outcome !== 'lost', `the incident ${this.#id} is no longer ${move.from}`);
    if (this.#state !== to) this.#sinceMs = move.atMs;
    this.#state = to;
    this.#guard = guard;
    this.#reason = reason;
    return true;
  }

  /** Adds a line to the timeline. `progress` is 0 to 1 within the step. */
  async note(step: TimelineStep, message: string, progress: number, failed = false): Promise<void> {
    const event = { step, message, progress, failed, atMs: this.#clock.wallMs() };
    await this.#scope.write((tenure) => this.#incidents.addEvent(tenure, this.#id, event));
  }
}
