/**
 * What became of every report: what the stores kept, heard below every fault, and what its sender
 * was told. The two are compared at each answer.
 */
import { DEFAULT_DUPLICATE_WINDOW_MS } from '@medevac/api';
import { EvidenceKind, type NewEvidence, type NotificationRecord } from '@medevac/engine';
import type { Clock, HostName, NotificationUuid } from '@medevac/kernel';
import type { Stores } from '@medevac/store';
import type { Invariant } from '../invariants/invariant.ts';
import { ANSWERED_REPORT_INVARIANTS, KEPT_REPORT_INVARIANTS } from '../invariants/reports.ts';
import { listening } from '../run/listening.ts';
import type { Reply } from './api-way.ts';
import { observerOf, STRANGER } from './caller-identity.ts';
import type { Report } from './monitor.ts';

export interface ReportBookParts {
  readonly clock: Clock;
  readonly judge: <Facts>(invariants: readonly Invariant<Facts>[], facts: Facts) => void;
  /** A report of a host failure was kept, as a notification or as evidence. */
  readonly onHostFailure: (host: HostName) => void;
  readonly onKept?: (row: NotificationRecord) => void;
}

/** A refused copy of a notification, and who sent it. */
interface Copy {
  readonly of: NotificationUuid;
  readonly observer: string;
}

type Payload = Readonly<Record<string, string>>;
type About = Pick<NotificationRecord, 'type' | 'hostName' | 'payload'>;

export class ReportBook {
  readonly #parts: ReportBookParts;
  readonly #kept = new Map<NotificationUuid, NotificationRecord>();
  readonly #newest = new Map<string, NotificationRecord>();
  /** When each observer's word about a host was last kept as evidence. */
  readonly #evidenceMs = new Map<string, number>();
  readonly #copies: Copy[] = [];
  #stores: Stores | undefined;

  constructor(parts: ReportBookParts) {
    this.#parts = parts;
  }

  /** Every notification that is in the database, the oldest first. */
  get kept(): readonly NotificationUuid[] {
    return [...this.#kept.keys()];
  }

  /** The stores with the book listening at them. */
  listen(stores: Stores): Stores {
    this.#stores = stores;
    return {
      ...stores,
      notifications: listening(stores.notifications, (name, _parameters, answer) => {
        if (name !== 'create') return;
        const { kind, row } = answer as { kind: string; row?: NotificationRecord };
        if (kind === 'created' && row !== undefined) void this.#keep(row);
      }),
      incidents: listening(stores.incidents, (name, parameters, answer) => {
        if (name !== 'addEvidence' || answer !== 'added') return;
        const [host, evidence] = parameters as readonly [HostName, NewEvidence];
        if (evidence.kind === EvidenceKind.failure) this.#noteEvidence(host, evidence);
      }),
      incidentCommands: listening(stores.incidentCommands, (name, parameters, answer) => {
        if (name !== 'keepCopy' || answer === 'dropped') return;
        const [host, of, copy] = parameters as readonly [HostName, NotificationUuid, NewEvidence];
        this.#noteEvidence(host, copy);
        this.#copies.push({ of, observer: copy.observer });
      }),
    };
  }

  /** Copies of notifications with an incident that are not evidence of it. */
  async copiesWithoutEvidence(): Promise<readonly string[]> {
    const missing: string[] = [];
    for (const copy of this.#copies.splice(0)) {
      const incident = (await this.#stores?.notifications.read(copy.of))?.incidentId ?? undefined;
      const evidence = incident && (await this.#stores?.incidents.readEvidence(incident));
      if (evidence?.some(({ observer }) => observer === copy.observer)) continue;
      this.#copies.push(copy);
      if (evidence !== undefined) missing.push(`the copy of ${copy.of} by ${copy.observer}`);
    }
    return missing;
  }

  /** The sender was told this about a report that it sent at `sentAtMs`. */
  async hear(report: Report, sender: string, told: Told): Promise<void> {
    const { reply, sentAtMs } = told;
    if (reply.kind === 'none') return;
    const observer = observerOf(sender);
    const about = { ...report, hostName: report.hostname as HostName } as About;
    const isDuplicate = reply.status === 409 && /is duplicate/.test(JSON.stringify(reply.body));
    const original = isDuplicate ? this.#newest.get(keyOf(about)) : undefined;
    const asksEvidence =
      original !== undefined && isHostFailure(about) && (await this.#isOpen(original));
    const evidenceMs = this.#evidenceMs.get(wordOf(about.hostName, observer)) ?? -1;
    this.#parts.judge(ANSWERED_REPORT_INVARIANTS, {
      sender,
      host: report.hostname,
      status: reply.status,
      isEntitled: sender !== STRANGER,
      isKept: this.#kept.get(uuidIn(reply.body))?.reportedBy === observer,
      isEvidence: asksEvidence ? evidenceMs >= sentAtMs : undefined,
    });
  }

  async #keep(row: NotificationRecord): Promise<void> {
    const { judge, onHostFailure, onKept } = this.#parts;
    const key = keyOf(row);
    const newest = this.#newest.get(key);
    this.#kept.set(row.uuid, row);
    this.#newest.set(key, row);
    onKept?.(row);
    if (isHostFailure(row)) onHostFailure(row.hostName);
    if (newest === undefined) return;
    const windowMs = row.type === 'VM' ? VM_WINDOW_MS : DEFAULT_DUPLICATE_WINDOW_MS;
    const isRecent = newest.generatedAtMs >= row.generatedAtMs - windowMs;
    // Once its predecessor has its final answer, a report that was made later is news.
    const isNews = row.generatedAtMs > newest.generatedAtMs && !(await this.#isOpen(newest));
    const equalTo = isRecent && !isNews ? newest.uuid : undefined;
    judge(KEPT_REPORT_INVARIANTS, { host: row.hostName, notification: row.uuid, equalTo });
  }

  #noteEvidence(host: HostName, { observer }: NewEvidence): void {
    this.#evidenceMs.set(wordOf(host, observer), this.#parts.clock.monotonicMs());
    this.#parts.onHostFailure(host);
  }

  /** The notification has no final answer. */
  async #isOpen({ uuid }: NotificationRecord): Promise<boolean> {
    const row = await this.#stores?.notifications.read(uuid);
    return row !== undefined && !hasFinalAnswer(row);
  }
}

export interface Told {
  readonly reply: Reply;
  readonly sentAtMs: number;
}

/** An instance may crash again at once: each crash is news (D11). */
const VM_WINDOW_MS = 1_000;
const FINAL: readonly string[] = ['finished', 'failed', 'ignored'];

/** Nothing will change about the notification any more. */
export const hasFinalAnswer = ({ status }: Pick<NotificationRecord, 'status'>): boolean =>
  FINAL.includes(status);

const wordOf = (host: HostName, observer: string): string => `${host} ${observer}`;

function keyOf({ type, hostName, payload }: About): string {
  const pairs = Object.entries(payload).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([type, hostName, pairs]);
}

/** A report that the host has failed, and not only that it cannot be seen. */
function isHostFailure({ type, payload }: { readonly type: string; readonly payload: Payload }) {
  const { event, host_status } = payload;
  return type === 'COMPUTE_HOST' && event === 'STOPPED' && host_status === 'NORMAL';
}

/** The notification that an answer names. */
function uuidIn(body: unknown): NotificationUuid {
  const { notification } = (body ?? {}) as { notification?: { notification_uuid?: string } };
  return (notification?.notification_uuid ?? '') as NotificationUuid;
}
