/**
 * The live timeline of the demo, one plain line for each thing that happens, with the seconds since
 * the host was killed. What Medevac tells comes through its API; when an instance is back is read
 * from the world itself.
 */
import type { Clock, InstanceUuid } from '@medevac/kernel';
import type { NotificationView } from './demo-client.ts';
import type { DemoWorld } from './demo-world.ts';

/** What the steps of a recovery are called for people. */
const WORDS: Readonly<Record<string, string>> = {
  JudgeHostTask: 'verdict',
  FenceHostTask: 'confirmation',
  DisableComputeServiceTask: 'force-down',
  PrepareHAEnabledInstancesTask: 'plan',
  EvacuateInstancesTask: 'evacuation',
};
const WIDTH = 14;

export class Timeline {
  readonly #clock: Clock;
  readonly #write: (line: string) => void;
  readonly #beganMs: number;
  readonly #told = new Map<string, number>();
  readonly #firstMs = new Map<string, number>();
  readonly #backMs = new Map<InstanceUuid, number>();

  /** The clock on the wall; time counts from now on. */
  constructor(clock: Clock, write: (line: string) => void) {
    this.#clock = clock;
    this.#write = write;
    this.#beganMs = clock.monotonicMs();
  }

  get elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#beganMs;
  }

  /** When each instance was back, by the world. */
  get backMs(): ReadonlyMap<InstanceUuid, number> {
    return this.#backMs;
  }

  /** When Medevac first told of a step, as its word here. */
  firstMs(what: string): number | undefined {
    return this.#firstMs.get(what);
  }

  say(what: string, text: string): void {
    const seconds = (this.elapsedMs / 1000).toFixed(2).padStart(6);
    this.#write(`${seconds} s  ${what.padEnd(WIDTH)}${text}`);
    if (!this.#firstMs.has(what)) this.#firstMs.set(what, this.elapsedMs);
  }

  /** Tells the lines of a notification that have not been told yet. */
  follow(view: NotificationView): void {
    const seen = new Map<string, number>();
    for (const { step, message } of view.steps) {
      const count = (seen.get(step) ?? 0) + 1;
      seen.set(step, count);
      if (count <= (this.#told.get(step) ?? 0)) continue;
      this.#told.set(step, count);
      this.say(WORDS[step] ?? step, message);
    }
  }

  /** Tells which instances of the failed host run again since the last look. */
  watch(world: DemoWorld): void {
    const waiting = new Map(
      world.instances
        .filter((one) => one.host === world.victim && !this.#backMs.has(one.uuid))
        .map((one) => [one.uuid, one]),
    );
    for (const { server, runsOn } of world.cloud.instances()) {
      if (!waiting.has(server.uuid) || runsOn.length === 0) continue;
      this.#backMs.set(server.uuid, this.elapsedMs);
      this.say('back', `${server.name} runs on ${runsOn.join(' and ')}`);
    }
  }
}
