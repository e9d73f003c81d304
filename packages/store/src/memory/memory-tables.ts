/**
 * The rows of the in-memory stores, shared by all of them so that what is one transaction in SQL is
 * one synchronous stretch of code here. Rows are replaced, never changed, and copied on their way
 * in and out: a caller never holds what the store holds.
 */
import type {
  DrainInstanceRecord,
  DrainRecord,
  EvidenceRecord,
  HostRecord,
  IncidentEvent,
  IncidentRecord,
  InstanceLockRecord,
  InstanceRuleRecord,
  NewEvidence,
  NewIncidentEvent,
  NotificationRecord,
  RepairRecord,
  ReservationRecord,
  ReturnEvent,
  ReturnRecord,
  SegmentRecord,
  SegmentRulesRecord,
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
  /** Refused copies of a notification, until its incident is there. */
  readonly copies = new Map<string, readonly NewEvidence[]>();
  readonly events = new Map<string, IncidentEvent[]>();
  /** By incident, then by instance. */
  readonly vmoves = new Map<string, Map<string, VmoveRecord>>();
  /** Oldest first. */
  readonly instanceLocks = new Map<string, InstanceLockRecord>();
  readonly returns = new Map<string, ReturnRecord>();
  readonly returnEvents = new Map<string, readonly ReturnEvent[]>();
  /** Oldest first. */
  readonly drains = new Map<string, DrainRecord>();
  /** By drain, then by instance. */
  readonly drainInstances = new Map<string, Map<string, DrainInstanceRecord>>();
  readonly reservations = new Map<number, ReservationRecord>();
  /** Oldest first. */
  readonly repairs = new Map<string, RepairRecord>();
  /** The repair of each notification that has one. */
  readonly repairOf = new Map<string, string>();
  readonly repairEvents = new Map<string, readonly NewIncidentEvent[]>();
  readonly segmentRules = new Map<string, SegmentRulesRecord>();
  readonly instanceRules = new Map<string, InstanceRuleRecord>();
  readonly #lastIds = new Map<string, number>();

  /** Grows within a table and is never given twice. */
  nextId(
    table: 'segment' | 'host' | 'notification' | 'evidence' | 'event' | 'vmove' | 'reservation',
  ): number {
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

const sharedCopies = new WeakMap<object, object>();

/**
 * Of rows that are asked for again and again: one copy of each serves all callers until the row is
 * replaced. It is frozen, because nobody may change what others see.
 */
export const sharedCopiesOf = <Row extends object>(rows: readonly Row[]): readonly Row[] =>
  rows.map((row) => {
    const known = sharedCopies.get(row) as Row | undefined;
    if (known !== undefined) return known;
    const copy = frozen(copyOf(row));
    sharedCopies.set(row, copy);
    return copy;
  });

function frozen<Value extends object>(value: Value): Value {
  for (const member of Object.values(value) as readonly unknown[]) {
    if (typeof member === 'object' && member !== null) frozen(member);
  }
  return Object.freeze(value);
}

/** Of plain data; keeps absent and null apart. */
export function copyOf<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((member: unknown) => copyOf(member)) as Value;
  const copy = { ...value };
  for (const name in copy) {
    const member = copy[name];
    if (typeof member === 'object' && member !== null) copy[name] = copyOf(member);
  }
  return copy;
}

/** What a round trip through text makes of it: absent members go. */
export const jsonCopyOf = (value: Json): Json =>
  value === null || typeof value === 'string' ? value : (JSON.parse(JSON.stringify(value)) as Json);
