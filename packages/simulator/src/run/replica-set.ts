/**
 * The replicas of a run by their numbers: started, killed in any moment, paused, started again. A
 * life that ends is never resumed: the next one has a name and a clock of its own.
 */
import type { Log, Random, ReplicaId } from '@medevac/kernel';
import type { VirtualTime } from '../time/virtual-time.ts';
import type { ChangingCall } from './call-facts.ts';
import type { ProductReplica } from './product-replica.ts';
import { type KeepingMoment, type ReplicaParts, startReplica } from './replica.ts';

export interface ReplicaSetParts
  extends Omit<ReplicaParts, 'id' | 'ownClock' | 'random' | 'log' | 'onCall' | 'onKeeping'> {
  readonly clock: VirtualTime;
  readonly random: Random;
  readonly count: number;
  readonly onCall: (replica: ReplicaId, call: ChangingCall) => void;
  readonly say: (text: string) => void;
}

const WALL_APART_MS = 120_000;
const DRIFT = 0.02;
/** Shorter than the way to Nova: the call lands, and its answer is not heard. */
const IN_CALL_MS = 5;
/** A replica that died with a request in its hands is back after so long. */
const IN_REQUEST_BACK_MS = 15_000;

export class ReplicaSet {
  readonly #parts: ReplicaSetParts;
  readonly #replicas: (ProductReplica | undefined)[] = [];
  readonly #callWaiters = new Map<number, readonly (() => void)[]>();
  readonly #dyingInRequest = new Map<number, KeepingMoment>();
  #lives = 0;
  #isHealed = false;

  constructor(parts: ReplicaSetParts) {
    this.#parts = parts;
  }

  get alive(): readonly (ProductReplica | undefined)[] {
    return this.#replicas.slice(1, this.#parts.count + 1);
  }

  startAll(): void {
    for (let number = 1; number <= this.#parts.count; number++) this.#start(number);
  }

  /** From now on nobody dies or is paused any more; whoever is dead is started. */
  heal(): void {
    this.#isHealed = true;
    this.#dyingInRequest.clear();
    for (let number = 1; number <= this.#parts.count; number++) {
      this.pause(number, false);
      if (this.#replicas[number] === undefined) this.#start(number);
    }
  }

  close(): void {
    for (const replica of this.#replicas) replica?.life.kill();
  }

  dieInRequest(number: number, when: KeepingMoment): void {
    this.#dyingInRequest.set(number, when);
  }

  async nextCall(number: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#callWaiters.set(number, [...(this.#callWaiters.get(number) ?? []), resolve]);
    });
    await this.#parts.clock.sleep(IN_CALL_MS);
  }

  kill(number: number, backAfterMs: number): void {
    const replica = this.#replicas[number];
    if (replica === undefined || this.#isHealed) return;
    this.#parts.say(`replica ${number} is killed`);
    replica.life.kill();
    this.#replicas[number] = undefined;
    void this.#parts.clock.sleep(backAfterMs).then(() => {
      if (this.#replicas[number] === undefined) this.#start(number);
    });
  }

  pause(number: number, isPaused: boolean): void {
    const life = this.#replicas[number]?.life;
    if (isPaused && !this.#isHealed) life?.pause();
    else life?.resume();
  }

  jumpClock(number: number, ms: number): void {
    this.#replicas[number]?.life.jumpWall(ms);
  }

  #start(number: number): void {
    const life = ++this.#lives;
    const random = this.#parts.random.fork(`replica-${life}`);
    const draw = (size: number): number => (random.next() * 2 - 1) * size;
    const id = `replica-${number}.${life}` as ReplicaId;
    this.#replicas[number] = startReplica({
      ...this.#parts,
      id,
      ownClock: { offsetMs: Math.round(draw(WALL_APART_MS)), rate: 1 + draw(DRIFT) },
      random,
      log: this.#logOf(id),
      onCall: (replica, call) => {
        this.#parts.onCall(replica, call);
        for (const resolve of this.#callWaiters.get(number) ?? []) resolve();
        this.#callWaiters.delete(number);
      },
      onKeeping: (when) => {
        if (this.#dyingInRequest.get(number) !== when) return;
        this.#dyingInRequest.delete(number);
        this.kill(number, IN_REQUEST_BACK_MS);
      },
    });
  }

  #logOf(id: ReplicaId): Log {
    const line =
      (level: string) =>
      (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
        // The stack of an error names files of this machine.
        const told = JSON.stringify({ ...fields, stack: undefined });
        this.#parts.say(`${id} ${level} ${event} ${told}`);
      };
    const log: Log = {
      debug: () => {},
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      with: () => log,
    };
    return log;
  }
}
