/**
 * Confirmations that no device of ours gives: what the histories of other fencers show of this
 * loss, and the word of a person. Both are kept as evidence once and count by the order of their
 * receipt. Changes nothing but the evidence.
 */
import {
  type Confirmation,
  decideHistory,
  type HostHistory,
  idsOf,
  isConfirmationValid,
} from '@medevac/core';
import type { FencingHistory } from '@medevac/fencing';
import { messageOf, OperationalError } from '@medevac/kernel';
import { EvidenceKind, type EvidenceRecord } from '../stores/incident-store.ts';
import type { Recovery } from './context.ts';

/** What the evidence says, whether it came just now or before. */
export interface OutsideProof {
  /** The newest one that is valid now. */
  readonly confirmation: Confirmation | undefined;
  /** Why a history gave none, for people. */
  readonly reasons: readonly string[];
}

/**
 * Reads the histories of one incident. What they showed at the first reading after a sign of life
 * is older than that, however late it was received; a new process has to read anew.
 */
export class OutsideProofs {
  readonly #recovery: Recovery;
  /** By history and last sign of life. */
  readonly #old = new Map<string, ReadonlySet<string>>();

  constructor(recovery: Recovery) {
    this.#recovery = recovery;
  }

  async look(signal: AbortSignal): Promise<OutsideProof> {
    const { incidents } = this.#recovery.ports.stores;
    const { id } = this.#recovery.incident;
    const before = await incidents.readEvidence(id);
    const reasons: string[] = [];
    for (const history of this.#recovery.ports.fencingHistories ?? []) {
      const reason = await this.#import(history, before, signal);
      if (reason !== undefined) reasons.push(`${history.name}: ${reason}`);
    }
    return { confirmation: newestConfirmation(await incidents.readEvidence(id)), reasons };
  }

  async #import(
    history: FencingHistory,
    evidence: readonly EvidenceRecord[],
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { incident, ports } = this.#recovery;
    const target = incident.hostName;
    try {
      const shown = await history.read(target, signal);
      const old = this.#oldOf(history, evidence, { ...shown, target });
      const decision = decideHistory({ ...shown, target, old });
      if (decision.kind === 'refused') return decision.reason;
      const { fencing } = decision;
      if (evidence.some((one) => isSame(one, history.name, fencing.id))) return undefined;
      await ports.stores.incidents.addEvidence(target, {
        kind: fencing.basis === 'operator' ? EvidenceKind.confirmedOff : EvidenceKind.fenced,
        source: history.name,
        observer: fencing.by,
        content: { ...fencing, target, lostAtMs: shown.lostAtMs },
        receivedAtMs: ports.clock.wallMs(),
      });
      return undefined;
    } catch (error) {
      if (signal.aborted || !(error instanceof OperationalError)) throw error;
      return messageOf(error);
    }
  }

  /** A fencer that has itself seen the host come back and lost it again tells of the new loss. */
  #oldOf(
    { name }: FencingHistory,
    evidence: readonly EvidenceRecord[],
    shown: HostHistory & { readonly target: string },
  ): ReadonlySet<string> {
    const lastSignOfLife = lastSignOfLifeOf(evidence);
    const before = evidence.filter((one) => one.source === name).map(lossOf);
    const isNewLoss = before.length > 0 && (shown.lostAtMs ?? 0) > Math.max(...before);
    if (lastSignOfLife === undefined || isNewLoss) return new Set();
    const key = `${name} ${lastSignOfLife}`;
    const known = this.#old.get(key) ?? new Set(idsOf(shown.target, shown));
    this.#old.set(key, known);
    return known;
  }
}

/** A loss that is not told is newer than all. */
const lossOf = ({ content }: EvidenceRecord): number => {
  const lostAtMs = contentOf(content)['lostAtMs'];
  return typeof lostAtMs === 'number' ? lostAtMs : Number.POSITIVE_INFINITY;
};

/** The same fencing is shown at every read: it was received when it was shown first. */
const isSame = ({ content, source }: EvidenceRecord, history: string, id: string): boolean =>
  source === history && contentOf(content)['id'] === id;

const lastSignOfLifeOf = (evidence: readonly EvidenceRecord[]): number | undefined =>
  evidence.findLast((one) => one.kind === EvidenceKind.signOfLife)?.id;

const PROOFS: readonly EvidenceKind[] = [EvidenceKind.fenced, EvidenceKind.confirmedOff];

/** The newest word from outside, unless a sign of life was received after it. */
export function newestConfirmation(evidence: readonly EvidenceRecord[]): Confirmation | undefined {
  const row = evidence.findLast((one) => PROOFS.includes(one.kind));
  if (row === undefined) return undefined;
  const isReset = contentOf(row.content)['kind'] === 'reset';
  const confirmation: Confirmation = {
    kind: isReset ? 'reset' : 'off',
    basis: row.kind === EvidenceKind.confirmedOff ? 'operator' : 'fenced_event',
    by: row.observer,
    evidenceId: row.id,
  };
  return isConfirmationValid(confirmation, lastSignOfLifeOf(evidence)) ? confirmation : undefined;
}

const contentOf = (content: EvidenceRecord['content']): Readonly<Record<string, unknown>> =>
  typeof content === 'object' && content !== null && !Array.isArray(content)
    ? (content as Readonly<Record<string, unknown>>)
    : {};
