/**
 * What operators have asked of incidents, as the store was told: which are paused and since when,
 * and which may use reserved hosts only. It listens at the store itself, below every fault, because
 * a command whose answer was lost counts as well.
 */
import type { ChosenMethod } from '@medevac/engine';
import type { Clock, HostName, IncidentId } from '@medevac/kernel';

export class SteeringBook {
  readonly #clock: Clock;
  readonly #hostOf: (incident: IncidentId) => HostName | undefined;
  readonly #sinceMs = new Map<IncidentId, number>();
  readonly #bound = new Set<IncidentId>();

  constructor(clock: Clock, hostOf: (incident: IncidentId) => HostName | undefined) {
    this.#clock = clock;
    this.#hostOf = hostOf;
  }

  note(name: string, [incident, word]: readonly unknown[], answer: unknown): void {
    if (answer !== true) return;
    const id = incident as IncidentId;
    if (name === 'pause') this.#sinceMs.set(id, this.#clock.monotonicMs());
    if (name === 'resume') this.#sinceMs.delete(id);
    if (name !== 'chooseMethod') return;
    if ((word as ChosenMethod).method === 'reserved_host') this.#bound.add(id);
    else this.#bound.delete(id);
  }

  /** `undefined`: the incident is not paused. */
  forMs(incident: IncidentId): number | undefined {
    const sinceMs = this.#sinceMs.get(incident);
    return sinceMs === undefined ? undefined : this.#clock.monotonicMs() - sinceMs;
  }

  /** Hosts whose incidents are paused, ended ones too. */
  get paused(): readonly HostName[] {
    return [...this.#sinceMs.keys()].flatMap((id) => this.#hostOf(id) ?? []);
  }

  /** Hosts whose incidents wait for reserved hosts, ended ones too. */
  get bound(): readonly HostName[] {
    return [...this.#bound].flatMap((id) => this.#hostOf(id) ?? []);
  }
}
