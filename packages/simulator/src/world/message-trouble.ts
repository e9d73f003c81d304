/**
 * Trouble on the way of messages to and from one host: a share of them is lost, late, delivered
 * twice, or overtaken by the next one. What a host has to tell is never lost, because it asks for
 * an answer and tells it again: it is late.
 */
import type { Clock, Random } from '@medevac/kernel';

export const MessageTrouble = {
  lost: 'lost',
  late: 'late',
  doubled: 'doubled',
  swapped: 'swapped',
} as const;
export type MessageTrouble = (typeof MessageTrouble)[keyof typeof MessageTrouble];

export interface TroubledWayParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly how: MessageTrouble;
  /** Part of the messages that are hit. */
  readonly share: number;
}

type Act = () => void;
type Deliver = (act: Act) => void;

const LATE_MS = 20_000;
/** A second delivery comes soon: the bus sends again what was not acknowledged. */
const TWICE_MS = 2_000;
const OVERTAKEN_MS = 5_000;

export class TroubledWay {
  readonly #parts: TroubledWayParts;
  /** Waits until the next message has overtaken it. */
  #overtaken: Act | undefined;

  constructor(parts: TroubledWayParts) {
    this.#parts = parts;
  }

  /** Whether a report of the host's nova-compute does not arrive. */
  losesReport(): boolean {
    const { how } = this.#parts;
    return (how === 'lost' || how === 'late') && this.#isHit();
  }

  /** A message to the host. */
  send(act: Act, deliver: Deliver): void {
    const { clock, how, random } = this.#parts;
    if (!this.#isHit()) {
      deliver(act);
      this.#release();
      return;
    }
    switch (how) {
      case 'lost':
        return;
      case 'late':
        void clock.sleep(random.next() * LATE_MS).then(() => deliver(act));
        return;
      case 'doubled':
        deliver(act);
        void clock.sleep(random.next() * TWICE_MS).then(() => deliver(act));
        return;
      default:
        this.#holdBack(act, deliver);
    }
  }

  /** What the host tells the cloud. */
  tell(act: Act, deliver: Deliver): void {
    const { clock, how, random } = this.#parts;
    const isSafe = how === 'doubled' || how === 'swapped';
    if (isSafe || !this.#isHit()) deliver(act);
    else void clock.sleep(random.next() * LATE_MS).then(() => deliver(act));
  }

  #holdBack(act: Act, deliver: Deliver): void {
    let isDelivered = false;
    const once = (): void => {
      if (isDelivered) return;
      isDelivered = true;
      deliver(act);
    };
    this.#release();
    this.#overtaken = once;
    void this.#parts.clock.sleep(OVERTAKEN_MS).then(once);
  }

  #release(): void {
    const waiting = this.#overtaken;
    this.#overtaken = undefined;
    waiting?.();
  }

  #isHit(): boolean {
    return this.#parts.random.next() < this.#parts.share;
  }
}
