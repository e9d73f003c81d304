/**
 * Replicas over shared memory stores on simulated time. A replica can be paused, as a machine that
 * stands still, and killed: from then on nothing that it asks for is done or answered.
 */
import {
  type Clock,
  type Json,
  ManualClock,
  OperationalError,
  type ReplicaId,
  type RetryPolicy,
  type RunId,
  seededRandom,
  silentLog,
} from '@medevac/kernel';
import { openMemory, type Stores } from '@medevac/store';
import {
  type Attempt,
  type JournalStore,
  type Scope,
  type StepOptions,
  type WorkflowDefinition,
  WorkflowRunner,
} from '../src/index.ts';

export const LEASE_MS = 10_000;
export const RUN = 'run-1' as RunId;

const RETRY: RetryPolicy = { maxAttempts: 50, firstDelayMs: 1_000, maxDelayMs: 8_000, factor: 2 };
export const PATIENT: StepOptions = { deadlineMs: 3_600_000, retry: RETRY };

export const worldFailed = (retry: 'after' | 'never' | 'unknown-outcome'): OperationalError =>
  new OperationalError(
    { code: 'world.failed', retry, advice: 'none' },
    `the world failed: ${retry}`,
  );

/** A workflow of one name whose body is the test's. */
export function workflow(
  run: (scope: Scope, input: Json) => Promise<Json>,
  onInterrupted: WorkflowDefinition['onInterrupted'] = async () => {},
): WorkflowDefinition {
  return { name: 'test', version: 1, run, onInterrupted };
}

const never = <T>(): Promise<T> => new Promise(() => {});

/** The port with some members replaced. */
export function replacing<Port extends object>(port: Port, members: Partial<Port>): Port {
  return new Proxy(port, {
    get: (target, name) => {
      if (name in members) return Reflect.get(members, name) as unknown;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

/** Whether a replica runs, stands still or is gone. */
export class Life {
  #state: 'running' | 'paused' | 'dead' = 'running';
  #wake: (() => void)[] = [];

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  kill(): void {
    this.#state = 'dead';
  }

  pause(): void {
    this.#state = 'paused';
  }

  resume(): void {
    this.#state = 'running';
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Returns once the replica runs; never for a dead one. */
  async breathe(): Promise<void> {
    if (this.#state === 'dead') return never();
    if (this.#state === 'paused') await new Promise<void>((resolve) => this.#wake.push(resolve));
    if (this.isDead) return never();
  }

  /** The port as the replica reaches it: calls and answers only get through while it lives. */
  through<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return async (...parameters: readonly unknown[]) => {
          await this.breathe();
          try {
            return (await Reflect.apply(member, target, parameters)) as unknown;
          } finally {
            await this.breathe();
          }
        };
      },
    });
  }

  /** The clock as the replica sees it; `wallAheadMs` moves its wall time alone. */
  clock(base: Clock, wallAheadMs: number): Clock {
    return {
      wallMs: () => base.wallMs() + wallAheadMs,
      monotonicMs: () => base.monotonicMs(),
      sleep: async (ms, signal) => {
        try {
          await base.sleep(ms, signal);
        } finally {
          await this.breathe();
        }
      },
      every: (ms, tick) =>
        base.every(ms, async () => {
          await this.breathe();
          await tick();
        }),
    };
  }
}

export interface ReplicaOptions {
  readonly definitions: readonly WorkflowDefinition[];
  readonly journal?: JournalStore;
  readonly wallAheadMs?: number;
  readonly isSoleProcess?: boolean;
  readonly leases?: Stores['leases'];
}

export interface Replica {
  readonly life: Life;
  readonly runner: WorkflowRunner;
}

export class Workbench {
  readonly clock = new ManualClock();
  readonly stores: Stores = openMemory();
  #replicas = 0;

  /** Starts a replica; it claims what is there at once. */
  start(options: ReplicaOptions): Replica {
    const life = new Life();
    const number = ++this.#replicas;
    const runner = new WorkflowRunner({
      journal: life.through(options.journal ?? this.stores.journal),
      leases: life.through(options.leases ?? this.stores.leases),
      clock: life.clock(this.clock, options.wallAheadMs ?? 0),
      random: seededRandom(number),
      log: silentLog,
      replica: `replica-${number}` as ReplicaId,
      leaseMs: LEASE_MS,
      isSoleProcess: options.isSoleProcess ?? false,
      definitions: options.definitions,
    });
    runner.start();
    return { life, runner };
  }

  /** Starts one replica with one workflow, and its run. */
  async begin(definition: WorkflowDefinition, input: Json = null): Promise<Replica> {
    const replica = this.start({ definitions: [definition] });
    await replica.runner.submit({ id: RUN, workflow: definition.name, input });
    return replica;
  }

  async run() {
    const run = await this.stores.journal.readRun(RUN);
    if (run === undefined) throw new Error('there is no run');
    return run;
  }

  async step(path: string) {
    const steps = await this.stores.journal.readSteps(RUN);
    return steps.find((one) => one.path === path);
  }

  /** Lets time pass until the run has ended. */
  async untilEnded(limitMs = 600_000) {
    const endMs = this.clock.monotonicMs() + limitMs;
    for (;;) {
      const run = await this.run();
      if (run.state !== 'running') return run;
      if (this.clock.monotonicMs() > endMs) throw new Error('the run did not end');
      await this.clock.advance(200);
    }
  }
}

/** The outside world: effects by name, each counted. Observing and acting take a moment. */
export class World {
  readonly acts: string[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(name: string): number {
    return this.acts.filter((one) => one === name).length;
  }

  /** A body that observes first and acts only if that is still needed. */
  async ensure(attempt: Attempt, name: string, life?: Life): Promise<Json> {
    await life?.breathe();
    if (this.count(name) === 0) await attempt.effect(() => this.act(name, life));
    return name;
  }

  async act(name: string, life?: Life): Promise<void> {
    await life?.breathe();
    this.acts.push(name);
    await this.#clock.sleep(1);
    await life?.breathe();
  }
}
