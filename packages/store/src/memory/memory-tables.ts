/**
 * The rows of the in-memory stores, shared by all of them so that what is one transaction in SQL is
 * one synchronous stretch of code here. Rows are replaced, never changed, and copied on their way
 * in and out: a caller never holds what the store holds.
 */
import type {
  EvidenceRecord,
  HostRecord,
  IncidentEvent,
  IncidentRecord,
  NotificationRecord,
  ReturnRecord,
  SegmentRecord,
  VmoveRecord,
} from '@medevac/engine';
import type { Json } from '@medevac/kernel';
import type { LeaseRow, RunRecord, StepRecord, Tenure } from '@medevac/workflow';

export class MemoryTables {
  readonly leases = new Map<string, LeaseRow>();
  readonly runs = new Map<string, RunRecord>();
  /** By run, in the order of their first writes, by path. */
  readonly steps = new Map<string, Map<string, StepRecord>>();
  /** Live rows only: nothing reads deleted ones. */
  readonly segments = new Map<string, SegmentRecord>();
  readonly hosts = new Map<string, HostRecord>();
  readonly notifications = new Map<string, NotificationRecord>();
  readonly incidents = new Map<string, IncidentRecord>();
  /** The open incident of each host, by host name. */
  readonly openIncidents = new Map<string, string>();
  readonly evidence = new Map<string, readonly EvidenceRecord[]>();
  readonly events = new Map<string, IncidentEvent[]>();
  /** By incident, then by instance. */
  readonly vmoves = new Map<string, Map<string, VmoveRecord>>();
  readonly returns = new Map<string, ReturnRecord>();
  readonly #lastIds = new Map<string, number>();

  /** Grows within a table and is never given twice. */
  nextId(table: 'segment' | 'host' | 'notification' | 'evidence' | 'event' | 'vmove'): number {
    const id = (this.#lastIds.get(table) ?? 0) + 1;
    this.#lastIds.set(table, id);
    return id;
  }

  /**
   * Carries out `work` if the tenure holds, counting a beat. Work that throws or answers `stale` or
   * `lost` must not have changed anything; its beat is taken back, as the rolled back
   * transaction's.
   */
  fenced<Answer extends string>(tenure: Tenure, work: () => Answer): Answer | 'stale' {
    const lease = this.leases.get(tenure.lease);
    if (lease === undefined || lease.epoch !== tenure.epoch || lease.holder === null)
      return 'stale';
    const answer = work();
    if (answer !== 'stale' && answer !== 'lost')
      this.leases.set(lease.name, { ...lease, beat: lease.beat + 1 });
    return answer;
  }
}

/** Of plain data; keeps absent and null apart. */
export const copyOf = <Value>(value: Value): Value => structuredClone(value);

/** What a round trip through text makes of it: absent members go. */
export const jsonCopyOf = (value: Json): Json => JSON.parse(JSON.stringify(value)) as Json;
