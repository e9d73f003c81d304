/**
 * Watches the elements of the declared proof sets for one host: since when each holds without a
 * break, by our own monotonic clock. Nothing of it outlives the process: a new one measures anew.
 */
import {
  type Confirmation,
  decideProof,
  type ElementSighting,
  type ProofDecision,
  ProofElement,
  type ProofSet,
} from '@medevac/core';
import { messageOf, OperationalError } from '@medevac/kernel';
import { EvidenceKind } from '../stores/incident-store.ts';
import type { Recovery } from './context.ts';
import { readableDevices, readDevices } from './read-power.ts';

export interface ProofLook {
  readonly confirmation: Confirmation | undefined;
  /** What each set lacks, for people. */
  readonly reasons: readonly string[];
}

/** Nobody knows what an element did while nobody looked for longer. */
const LONGEST_GAP_MS = 30_000;

export class ProofWatch {
  readonly #recovery: Recovery;
  readonly #sightings = new Map<ProofElement, ElementSighting>();

  constructor(recovery: Recovery) {
    this.#recovery = recovery;
  }

  get isIdle(): boolean {
    return this.#recovery.settings.proofSets.length === 0;
  }

  /** Looks at every element that a set demands. */
  async observe(signal: AbortSignal): Promise<void> {
    const { proofSets } = this.#recovery.settings;
    const wanted = new Set(proofSets.flatMap((set) => set.elements.map((one) => one.element)));
    await Promise.all([...wanted].map((element) => this.#see(element, signal)));
  }

  /** Whether a set is proven by what was seen so far. */
  get isProven(): boolean {
    return this.#decisions().some((one) => one.kind === 'proven');
  }

  /** Looks, and keeps the first set that is proven as evidence. */
  async look(signal: AbortSignal): Promise<ProofLook> {
    await this.observe(signal);
    const decisions = this.#decisions();
    const proven = decisions.find((one) => one.kind === 'proven');
    const reasons = decisions.flatMap((one) => (one.kind === 'unproven' ? one.reason : []));
    if (proven === undefined) return { confirmation: undefined, reasons };
    return { confirmation: await this.#keep(proven.set, proven.heldForMs), reasons };
  }

  #decisions(): readonly ProofDecision[] {
    const nowMs = this.#recovery.ports.clock.monotonicMs();
    const seen = [...this.#sightings.values()];
    return this.#recovery.settings.proofSets.map((set) => decideProof(set, seen, nowMs));
  }

  async #see(element: ProofElement, signal: AbortSignal): Promise<void> {
    const { clock } = this.#recovery.ports;
    if (element === ProofElement.watchdogElapsed) {
      const seenAtMs = clock.monotonicMs();
      const silentMs = this.#recovery.watch.silentForMs(this.#recovery.incident.hostName);
      this.#sightings.set(element, { element, holdsSinceMs: seenAtMs - silentMs, seenAtMs });
      return;
    }
    const askedMs = clock.monotonicMs();
    const holds =
      element === ProofElement.bmcUnreachable
        ? await this.#isUnreachable(signal)
        : await this.#asked(element, signal);
    if (!holds) {
      this.#sightings.delete(element);
      return;
    }
    const before = this.#sightings.get(element);
    const isUnbroken = before !== undefined && askedMs - before.seenAtMs <= LONGEST_GAP_MS;
    // An answer says how it was when it was asked for, at best.
    const holdsSinceMs = isUnbroken ? before.holdsSinceMs : askedMs;
    this.#sightings.set(element, { element, holdsSinceMs, seenAtMs: askedMs });
  }

  /** Every switch of the host is silent; a host without one has nothing that could be so. */
  async #isUnreachable(signal: AbortSignal): Promise<boolean> {
    const devices = readableDevices(this.#recovery);
    const readings = await readDevices(this.#recovery, devices, signal);
    return readings.length > 0 && readings.every((one) => one.kind === 'unknown');
  }

  async #asked(element: ProofElement, signal: AbortSignal): Promise<boolean> {
    const { incident, ports } = this.#recovery;
    const source = ports.proofSources?.find((one) => one.element === element);
    if (source === undefined) return false;
    try {
      return await source.holds(incident.hostName, signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof OperationalError)) throw error;
      const fields = { source: source.name, host: incident.hostName, error: messageOf(error) };
      ports.log.warn('recovery.proof_source_silent', fields);
      return false;
    }
  }

  async #keep(set: ProofSet, heldForMs: readonly number[]): Promise<Confirmation | undefined> {
    const { incident, ports } = this.#recovery;
    const { incidents } = ports.stores;
    const elements = set.elements.map(({ element }, index) => ({
      element,
      heldForMs: Math.round(heldForMs[index] ?? 0),
    }));
    await incidents.addEvidence(incident.hostName, {
      kind: EvidenceKind.proven,
      source: set.name,
      observer: ports.replica,
      content: { kind: set.kind, elements },
      receivedAtMs: ports.clock.wallMs(),
    });
    const rows = await incidents.readEvidence(incident.id);
    const row = rows.findLast((one) => one.kind === EvidenceKind.proven && one.source === set.name);
    if (row === undefined) return undefined;
    return { kind: set.kind, basis: 'proof_set', by: set.name, evidenceId: row.id };
  }
}
