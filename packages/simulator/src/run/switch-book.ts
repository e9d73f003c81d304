/** Remembers who has switched which instance on or off, as it stands at each further request. */
import type { Clock } from '@medevac/kernel';
import type { SwitchFacts } from '../invariants/switches.ts';
import type { InstanceAction } from '../world/nova-tables.ts';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';

interface Switched {
  readonly action: string;
  readonly userId: string | null;
  readonly atMs: number;
}

const WINDOW_MS = 3_600_000;
const SWITCHES: readonly string[] = ['stop', 'start', 'reboot', 'rebuild'];
/** What brings a guest back: one of them in each try. */
const TRIES: readonly string[] = ['start', 'reboot'];
const CLIENT = 'medevac';

export class SwitchBook {
  readonly #clock: Clock;
  readonly #cloud: SimulatedCloud;
  readonly #all = new Map<string, readonly Switched[]>();

  constructor(clock: Clock, cloud: SimulatedCloud) {
    this.#clock = clock;
    this.#cloud = cloud;
  }

  /** The request, and what was so directly before it. */
  note({ action, instance, userId }: InstanceAction): SwitchFacts {
    const nowMs = this.#clock.monotonicMs();
    const before = this.#all.get(instance) ?? [];
    const last = before.findLast((one) => SWITCHES.includes(one.action));
    const tries = before.filter(
      (one) => one.userId === CLIENT && TRIES.includes(one.action) && nowMs - one.atMs < WINDOW_MS,
    );
    this.#all.set(instance, [...before, { action, userId, atMs: nowMs }]);
    const isOwnersStop = last?.action === 'stop' && last.userId === 'owner';
    return {
      ...{ action, instance },
      isOurs: userId === CLIENT,
      runsOn: this.#cloud.instance(instance)?.runsOn ?? [],
      stoppedForMs: isOwnersStop ? nowMs - last.atMs : undefined,
      triesBefore: tries.length,
    };
  }
}
