/**
 * An operator's pause of an incident. It is looked up directly before every effect of whatever
 * works for the incident, so nothing begins while it stands, whichever replica carries the run.
 * What waits learns of it from `RoundNews` and from the guards, and lets the incident show as
 * paused.
 */
import { type IncidentId, type Json, OperationalError } from '@medevac/kernel';
import type { Attempt, ForEachOptions, Scope, StepOptions } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { IncidentStore } from '../stores/incident-store.ts';

/** Throws while the incident is open and paused. */
export async function requireUnpaused(
  incidents: Pick<IncidentStore, 'read'>,
  id: IncidentId,
): Promise<void> {
  const incident = await incidents.read(id);
  if (incident === undefined || incident.paused === null || incident.closedAtMs !== null) return;
  const { by } = incident.paused;
  const message = `the recovery of ${incident.hostName} is paused by ${by}; nothing is begun`;
  throw new OperationalError(ENGINE_ERRORS.paused, message);
}

/** The scope with every effect of its steps behind `require`, which throws when it must not be. */
export class HeedingScope implements Scope {
  readonly #scope: Scope;
  readonly #require: () => Promise<void>;

  constructor(scope: Scope, require: () => Promise<void>) {
    this.#scope = scope;
    this.#require = require;
  }

  get runId(): Scope['runId'] {
    return this.#scope.runId;
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  step<T extends Json>(
    name: string,
    options: StepOptions,
    body: (attempt: Attempt) => Promise<T>,
  ): Promise<T> {
    return this.#scope.step(name, options, (attempt) =>
      body({
        ...attempt,
        effect: async (act) => {
          await this.#require();
          return await attempt.effect(act);
        },
      }),
    );
  }

  wasDone(name: string): boolean {
    return this.#scope.wasDone(name);
  }

  forEach<Item>(
    name: string,
    items: readonly Item[],
    options: ForEachOptions<Item>,
    body: (scope: Scope, item: Item) => Promise<void>,
  ): Promise<void> {
    return this.#scope.forEach(name, items, options, (scope, item) =>
      body(new HeedingScope(scope, this.#require), item),
    );
  }

  readonly write: Scope['write'] = (write) => this.#scope.write(write);
}
