/**
 * Hosts that live and are silent: a report about one of them, or a BMC that says Off of one, is
 * outside of what can be guaranteed. A host that was silent counts as such for a little longer: a
 * reader may hold an old look.
 */
import type { Clock, HostName } from '@medevac/kernel';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import type { Fencing } from './fencing.ts';
import type { Ledger } from './ledger.ts';
import { SILENCE_MS } from './run-settings.ts';

export interface SilenceBookParts {
  readonly clock: Clock;
  readonly cloud: SimulatedCloud;
  readonly ledger: Ledger;
  readonly fencing: Fencing;
  readonly say: (text: string) => void;
}

const ECHO_MS = 30_000;

export class SilenceBook {
  readonly #parts: SilenceBookParts;
  readonly #silentUntilMs = new Map<HostName, number>();
  /** The run has left what can be guaranteed. */
  isOutside = false;

  constructor(parts: SilenceBookParts) {
    this.#parts = parts;
  }

  silences(host: HostName): void {
    this.#silentUntilMs.set(host, Number.POSITIVE_INFINITY);
    if (this.#hasMemory(host) && this.#parts.ledger.isReported(host)) this.#reportOfSilent(host);
  }

  speaks(host: HostName): void {
    if (this.#silentUntilMs.get(host) !== Number.POSITIVE_INFINITY) return;
    this.#silentUntilMs.set(host, this.#parts.clock.monotonicMs() + ECHO_MS);
  }

  noteReport(host: HostName): void {
    this.#parts.ledger.noteReport(host);
    const silentUntilMs = this.#silentUntilMs.get(host) ?? 0;
    const isSilent = silentUntilMs > this.#parts.clock.monotonicMs();
    if (this.#hasMemory(host) && isSilent) this.#reportOfSilent(host);
  }

  noteReadOff(host: HostName): void {
    const { lastReportMs, power, reportingSinceMs } = this.#parts.cloud.host(host);
    const silentMs = this.#parts.clock.monotonicMs() - lastReportMs;
    const isSilent = reportingSinceMs === undefined || silentMs > SILENCE_MS;
    if (power === 'on' && isSilent && this.#hasMemory(host)) {
      this.#goOutside(`the BMC of ${host}, alive and silent, says Off`);
    }
  }

  /** A false word about a host that is silent is believed. */
  noteFalseWord(host: HostName): void {
    if (this.#hasMemory(host)) this.#goOutside(`a word that ${host}, alive and silent, is off`);
  }

  /** Whoever trusts reports cannot tell; a fence device makes certain. */
  #reportOfSilent(host: HostName): void {
    const isTrusted = this.#parts.fencing === 'trusted';
    if (isTrusted) this.#goOutside(`a report about ${host}, alive and silent`);
  }

  #goOutside(why: string): void {
    if (!this.isOutside) this.#parts.say(`outside the guarantee: ${why}`);
    this.isOutside = true;
  }

  #hasMemory(host: HostName): boolean {
    const { power, kernel } = this.#parts.cloud.host(host);
    return power === 'on' && kernel !== 'crashed';
  }
}
