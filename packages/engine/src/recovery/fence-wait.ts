/**
 * What goes on while a host cannot be fenced: the elements of proof sets are watched, and the pause
 * before the next pass ends at once when somebody asks for another try, says that the host is off,
 * or a proof set is proven.
 */
import { messageOf } from '@medevac/kernel';
import { EvidenceKind } from '../stores/incident-store.ts';
import type { Recovery } from './context.ts';
import { ProofWatch } from './proof-watch.ts';

/** How soon news is heard that another replica has taken. */
const LOOK_MS = 500;
/** Between two looks at the elements of proof sets. */
const PROOF_LOOK_MS = 5_000;

export class FenceWait {
  readonly proofs: ProofWatch;
  readonly #recovery: Recovery;
  /** What was known when the last pass began: that is no news. */
  #heard: string | undefined;

  constructor(recovery: Recovery) {
    this.#recovery = recovery;
    this.proofs = new ProofWatch(recovery);
  }

  /** Watches proof sets for as long as the work lasts. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.proofs.isIdle) return await work();
    const { ports, scope } = this.#recovery;
    const stop = ports.clock.every(PROOF_LOOK_MS, async () => {
      try {
        await this.proofs.observe(scope.signal);
      } catch (error) {
        if (scope.signal.aborted) return;
        ports.log.warn('recovery.proof_unseen', { error: messageOf(error) });
      }
    });
    try {
      return await work();
    } finally {
      stop();
    }
  }

  /** A pass begins: what comes from now on ends the pause behind it. */
  async listen(): Promise<void> {
    this.#heard = await this.#news();
  }

  /** Sleeps that long, or until there is news. Throws when `signal` is aborted. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#recovery.ports;
    const endMs = clock.monotonicMs() + ms;
    for (;;) {
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs <= 0) return;
      await clock.sleep(Math.min(leftMs, LOOK_MS), signal);
      if (this.proofs.isProven || (await this.#hasNews())) return;
    }
  }

  async #hasNews(): Promise<boolean> {
    try {
      const news = await this.#news();
      const isNew = this.#heard !== undefined && news !== this.#heard;
      this.#heard = news;
      return isNew;
    } catch {
      // The store is away: the pause runs its course, and the next look is soon.
      return false;
    }
  }

  /** The last request for another try, and the last word that the host is off. */
  async #news(): Promise<string> {
    const { incidents } = this.#recovery.ports.stores;
    const { id } = this.#recovery.incident;
    const asked = (await incidents.read(id))?.retryAskedAtMs ?? null;
    const evidence = await incidents.readEvidence(id);
    const word = evidence.findLast((one) => one.kind === EvidenceKind.confirmedOff);
    return `${asked} ${word?.id ?? null}`;
  }
}
