/**
 * Which fencing that somebody else did counts as a confirmation. Read from the history of that
 * fencer (Pacemaker's), whose own clock alone is compared: the time of a fencing with the time of
 * the loss that it answers. That a host is offline and clean, or expected to be down, says nothing;
 * neither does a fencing that is pending, or that succeeded before this loss.
 */
import type { ConfirmationKind } from './confirmation.ts';

export interface FencingHistoryEntry {
  /** The same at every read, and of no other fencing of this fencer. */
  readonly id: string;
  /** The fenced host, as this cloud names it. */
  readonly target: string;
  readonly action: 'off' | 'reboot' | 'on';
  readonly status: 'success' | 'failed' | 'pending';
  /** Who carried it out; `a human` is somebody who says that the host is down. */
  readonly delegate: string | null;
  /** Who asked for it. */
  readonly client: string | null;
  /** By the clock of the fencer; `null` while it is pending. */
  readonly completedAtMs: number | null;
}

/** What a fencer says of one host, all by its own clock. */
export interface HostHistory {
  readonly entries: readonly FencingHistoryEntry[];
  /** Since when it has lost the host; `null`: it counts the host as there, or cannot tell. */
  readonly lostAtMs: number | null;
  /**
   * A remote's `node_fenced`: when it was fenced since it connected last; `null`: it was not, or
   * the host is no remote.
   */
  readonly nodeFencedAtMs: number | null;
}

export type AcceptedFencing = {
  readonly id: string;
  readonly basis: 'fenced_event' | 'operator';
  readonly kind: ConfirmationKind;
  readonly by: string;
  readonly completedAtMs: number;
};

export type HistoryDecision =
  | { readonly kind: 'accepted'; readonly fencing: AcceptedFencing }
  | { readonly kind: 'refused'; readonly reason: string };

/** Delegate where somebody has confirmed by hand: nothing was switched off. */
export const HUMAN_DELEGATE = 'a human';

export interface HistoryQuestion extends HostHistory {
  readonly target: string;
  /**
   * Ids that were in the history when it was first read after the last sign of life: whatever they
   * tell is older than that.
   */
  readonly old: ReadonlySet<string>;
}

/** The newest fencing of this loss, or why there is none. */
export function decideHistory(question: HistoryQuestion): HistoryDecision {
  const { entries, lostAtMs, old, target } = question;
  if (lostAtMs === null) return refused(`${target} is not lost in its eyes`);
  const ofTarget = entries.filter((one) => one.target === target);
  const done = ofTarget.filter((one) => one.status === 'success' && one.completedAtMs !== null);
  const newest = done.toSorted((a, b) => (b.completedAtMs ?? 0) - (a.completedAtMs ?? 0))[0];
  const remote = nodeFencedOf(question);
  if (newest === undefined || newest.completedAtMs === null) {
    if (remote !== undefined) return { kind: 'accepted', fencing: remote };
    const shown = ofTarget.map((one) => one.status).join(', ');
    return refused(
      `it shows no successful fencing of ${target}${shown === '' ? '' : `: ${shown}`}`,
    );
  }
  if (newest.completedAtMs <= lostAtMs) {
    if (remote !== undefined) return { kind: 'accepted', fencing: remote };
    return refused(`its newest fencing of ${target} is older than the loss that it shows`);
  }
  if (newest.action === 'on') return refused(`it has switched ${target} on again`);
  if (old.has(newest.id)) {
    return refused(`its newest fencing of ${target} is older than the last sign of life`);
  }
  const { action, client, completedAtMs, delegate, id } = newest;
  const isHuman = delegate === HUMAN_DELEGATE;
  const kind = action === 'reboot' && !isHuman ? 'reset' : 'off';
  const by = isHuman ? (client ?? HUMAN_DELEGATE) : (delegate ?? client ?? id);
  const basis = isHuman ? 'operator' : 'fenced_event';
  return { kind: 'accepted', fencing: { id, basis, kind, by, completedAtMs } };
}

/** It says that the remote was fenced and not how: the host may come back. */
function nodeFencedOf(question: HistoryQuestion): AcceptedFencing | undefined {
  const { lostAtMs, nodeFencedAtMs, old, target } = question;
  if (nodeFencedAtMs === null || lostAtMs === null || nodeFencedAtMs <= lostAtMs) return undefined;
  const id = nodeFencedId(target, nodeFencedAtMs);
  if (old.has(id)) return undefined;
  const by = 'node_fenced';
  return { id, basis: 'fenced_event', kind: 'reset', by, completedAtMs: nodeFencedAtMs };
}

const nodeFencedId = (target: string, atMs: number): string => `node_fenced ${target} ${atMs}`;

/** Every id that the history shows now. */
export function idsOf(target: string, history: HostHistory): readonly string[] {
  const { entries, nodeFencedAtMs } = history;
  const remote = nodeFencedAtMs === null ? [] : [nodeFencedId(target, nodeFencedAtMs)];
  return [...entries.map((one) => one.id), ...remote];
}

const refused = (reason: string): HistoryDecision => ({ kind: 'refused', reason });
