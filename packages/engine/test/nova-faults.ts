/** Scripted faults of the fake cloud: what a call that changes or reads may do to its caller. */
import { type Clock, LIMITS, OperationalError } from '@medevac/kernel';
import { type Call, cloudErrors } from '@medevac/openstack';

/**
 * `before`: refused at the door, nothing happened. `after`: carried out, the reply is lost. `500`:
 * nothing happened, but a caller cannot know. `hang`: nothing happens and the deadline passes.
 * `late`: the deadline passes, and the call is carried out after it. `unreadable` and `401`: the
 * answer is none that repeating is said to mend.
 */
export type FaultKind = 'before' | 'after' | '500' | 'hang' | 'late' | 'unreadable' | '401';

const CHANGING: ReadonlySet<string> = new Set([
  'changeService',
  'evacuate',
  'resetState',
  'stop',
  'start',
  'hardReboot',
  'migrate',
  'confirmMigration',
  'lock',
  'unlock',
]);

export class NovaFaults {
  readonly #clock: Clock;
  readonly #scripted = new Map<string, FaultKind[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The next `times` calls of that name fail so. */
  fail(name: string, kind: FaultKind, times = 1): void {
    const queue = this.#scripted.get(name) ?? [];
    queue.push(...Array.from({ length: times }, () => kind));
    this.#scripted.set(name, queue);
  }

  /** From now on nothing fails. */
  clear(): void {
    this.#scripted.clear();
  }

  /** Faults that no call has met. */
  get unmet(): number {
    return [...this.#scripted.values()].reduce((sum, queue) => sum + queue.length, 0);
  }

  /** Carries a call out as its fault tells. */
  async carryOut<T>(name: string, call: Call, act: () => T): Promise<T> {
    const fault = this.#scripted.get(name)?.shift();
    const unknown = CHANGING.has(name);
    switch (fault) {
      case undefined:
        return act();
      case 'before':
        throw new OperationalError(cloudErrors.unreachable, `${name}: connection refused`);
      case '500':
        throw failure(cloudErrors.failed, `${name}: 500`, unknown);
      case 'unreadable':
        throw new OperationalError(cloudErrors.answerUnreadable, `${name}: no JSON`);
      case '401':
        throw new OperationalError(cloudErrors.authFailed, `${name}: 401`);
      case 'after':
        act();
        throw failure(cloudErrors.replyLost, `${name}: reply lost`, unknown);
      case 'hang':
      case 'late': {
        const limitMs = Math.min(call.deadlineMs, LIMITS.cloudRequestMs);
        if (fault === 'late') void this.#clock.sleep(limitMs + 5_000).then(act);
        await this.#clock.sleep(limitMs, call.signal);
        throw failure(cloudErrors.timeout, `${name}: no answer`, unknown);
      }
    }
  }
}

const failure = (kind: typeof cloudErrors.failed, message: string, unknown: boolean) =>
  new OperationalError(kind, message, { retry: unknown ? 'unknown-outcome' : 'after' });
