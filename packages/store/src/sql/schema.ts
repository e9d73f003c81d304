/**
 * The rows as they lie in the database: snake_case, milliseconds and flags as integers, JSON as
 * text. `migrations/` makes these tables; `schema.sql` shows the result for review.
 */
import type { Generated } from 'kysely';

/** 0 or 1: not every database has booleans. */
export type Flag = number;

export interface LeaseRowSql {
  readonly name: string;
  readonly holder: string | null;
  readonly epoch: number;
  readonly beat: number;
}

export interface RunRowSql {
  readonly number: Generated<number>;
  readonly id: string;
  readonly workflow: string;
  readonly version: number;
  readonly input: string;
  readonly state: string;
  readonly cancel_reason: string | null;
  readonly result: string | null;
  readonly error: string | null;
  readonly created_at_ms: number;
  readonly finished_at_ms: number | null;
}

export interface StepRowSql {
  readonly number: Generated<number>;
  readonly run_id: string;
  readonly path: string;
  readonly state: string;
  readonly attempt: number;
  readonly started_at_ms: number;
  spent_ms: number;
  readonly next_attempt_at_ms: number | null;
  readonly result: string | null;
  readonly error: string | null;
}

export interface SegmentRowSql {
  readonly id: Generated<number>;
  readonly uuid: string;
  readonly name: string;
  readonly description: string | null;
  readonly service_type: string;
  readonly recovery_method: string;
  readonly enabled: Flag;
  /** Moved by every new host, so that adding one and deleting the segment meet on this row. */
  readonly hosts_added: Generated<number>;
  readonly created_at_ms: number;
  readonly updated_at_ms: number | null;
  readonly deleted_at_ms: number | null;
  /** 0 while live, the row's own id afterwards: live names are unique, deleted ones are free. */
  readonly deleted_id: Generated<number>;
}

export interface HostRowSql {
  readonly id: Generated<number>;
  readonly uuid: string;
  readonly segment_uuid: string;
  readonly name: string;
  readonly type: string;
  readonly control_attributes: string;
  readonly reserved: Flag;
  readonly on_maintenance: Flag;
  /** It is on maintenance because a recovery has put it there. */
  readonly maintenance_by_recovery: Generated<Flag>;
  readonly created_at_ms: number;
  readonly updated_at_ms: number | null;
  readonly deleted_at_ms: number | null;
  readonly deleted_id: Generated<number>;
}

export interface NotificationRowSql {
  readonly id: Generated<number>;
  readonly uuid: string;
  readonly type: string;
  readonly host_uuid: string;
  readonly host_name: string;
  readonly segment_uuid: string;
  readonly generated_at_ms: number;
  readonly payload: string;
  readonly reported_by: string;
  readonly status: string;
  readonly message: string | null;
  readonly incident_id: string | null;
  /** Equal for equal notifications (`rules/notification-fingerprint.ts`). */
  readonly fingerprint: string;
  /** Counts the equal ones from 1; unique together with the fingerprint. */
  readonly occurrence: number;
  /** Refused copies that wait for its incident; moved by each, so that they meet on this row. */
  readonly copies: Generated<number>;
  readonly created_at_ms: number;
  readonly updated_at_ms: number | null;
}

export interface IncidentRowSql {
  readonly number: Generated<number>;
  readonly id: string;
  readonly host_uuid: string;
  readonly host_name: string;
  readonly segment_uuid: string;
  readonly state: string;
  readonly guard: string | null;
  readonly reason: string | null;
  /** The host's name while open, null afterwards: unique, so that a host has one open incident. */
  readonly open_key: string | null;
  /**
   * Evidence received in all; moved by each, so that receivers meet on this row and are ordered.
   */
  readonly evidence_total: number;
  readonly opened_at_ms: number;
  readonly updated_at_ms: number;
  readonly closed_at_ms: number | null;
  readonly retries: Generated<number>;
  readonly retry_asked_at_ms: number | null;
  readonly acknowledged_by: string | null;
  readonly acknowledged_at_ms: number | null;
  readonly acknowledge_note: string | null;
  readonly paused_by: string | null;
  readonly paused_at_ms: number | null;
  readonly pause_note: string | null;
  readonly method: string | null;
  readonly method_by: string | null;
  readonly method_at_ms: number | null;
  readonly method_note: string | null;
}

export interface NotificationCopyRowSql {
  readonly id: Generated<number>;
  readonly notification_uuid: string;
  readonly kind: string;
  readonly source: string;
  readonly observer: string;
  readonly content: string;
  readonly received_at_ms: number;
}

export interface EvidenceRowSql {
  readonly id: Generated<number>;
  readonly incident_id: string;
  readonly kind: string;
  readonly source: string;
  readonly observer: string;
  readonly content: string;
  readonly received_at_ms: number;
}

export interface IncidentEventRowSql {
  readonly id: Generated<number>;
  readonly incident_id: string;
  readonly step: string;
  readonly message: string;
  readonly progress: number;
  readonly failed: Flag;
  readonly at_ms: number;
}

export interface VmoveRowSql {
  readonly id: Generated<number>;
  readonly uuid: string;
  readonly incident_id: string;
  readonly instance_uuid: string;
  readonly instance_name: string;
  readonly source_host: string;
  readonly dest_host: string | null;
  readonly type: string;
  readonly status: string;
  readonly message: string | null;
  readonly instance_before: string;
  readonly start_at_ms: number | null;
  readonly end_at_ms: number | null;
  readonly created_at_ms: number;
  readonly updated_at_ms: number | null;
  readonly tries: Generated<number>;
}

export interface InstanceLockRowSql {
  readonly number: Generated<number>;
  readonly uuid: string;
  readonly incident_id: string;
  readonly instance_uuid: string;
  readonly is_settled: Generated<Flag>;
  readonly created_at_ms: number;
}

export interface ReturnRowSql {
  readonly number: Generated<number>;
  readonly incident_id: string;
  readonly host_uuid: string;
  readonly host_name: string;
  readonly service_uuid: string;
  readonly silent_stamp: string;
  readonly was_enabled: Flag;
  readonly state: string;
  readonly message: string | null;
  readonly tries: number;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
}

export interface ReturnEventRowSql {
  readonly number: Generated<number>;
  readonly incident_id: string;
  readonly message: string;
  readonly failed: Flag;
  readonly at_ms: number;
}

export interface DrainRowSql {
  readonly number: Generated<number>;
  readonly id: string;
  /** The host's name while open, null afterwards: unique, so that a host has one open drain. */
  readonly open_key: string | null;
  readonly host_uuid: string;
  readonly host_name: string;
  readonly segment_uuid: string;
  readonly parallel: number;
  readonly deadline_ms: number;
  readonly asked_by: string;
  readonly note: string | null;
  readonly state: string;
  readonly message: string | null;
  readonly service_uuid: string | null;
  readonly was_enabled: Flag | null;
  readonly tries: Generated<number>;
  readonly opened_at_ms: number;
  readonly updated_at_ms: number;
  readonly closed_at_ms: number | null;
}

export interface DrainInstanceRowSql {
  readonly number: Generated<number>;
  readonly drain_id: string;
  readonly instance_uuid: string;
  readonly instance_name: string;
  readonly place: number;
  readonly status: string;
  readonly dest_host: string | null;
  readonly message: string | null;
  readonly updated_at_ms: number;
}

export interface ReservationRowSql {
  readonly id: Generated<number>;
  readonly incident_id: string;
  readonly failed_host: string;
  readonly host_uuid: string;
  readonly host_name: string;
  readonly service_uuid: string;
  readonly was_enabled: Flag;
  readonly disabled_reason: string | null;
  readonly state: string;
  /** The reserved host's UUID while held or releasing, null afterwards: unique. */
  readonly open_key: string | null;
  readonly is_ready: Generated<Flag>;
  readonly aggregates: string;
  readonly message: string | null;
  readonly tries: Generated<number>;
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
}

export interface RepairRowSql {
  readonly number: Generated<number>;
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  /** Equal for equal subjects (`rules/repair-key.ts`). */
  readonly subject_key: string;
  /** The same while open, null afterwards: unique, so that a subject has one open repair. */
  readonly open_key: string | null;
  readonly host_uuid: string;
  readonly host_name: string;
  readonly segment_uuid: string;
  readonly payload: string;
  readonly status: string;
  readonly message: string | null;
  /** Moved by each report that joins, so that joining and closing meet on this row. */
  readonly reports: number;
  readonly started_at_ms: number | null;
  readonly tries: Generated<number>;
  readonly tried_at_ms: number | null;
  readonly opened_at_ms: number;
  readonly updated_at_ms: number;
  readonly closed_at_ms: number | null;
}

export interface RepairNotificationRowSql {
  readonly notification_uuid: string;
  readonly repair_id: string;
}

export interface RepairEventRowSql {
  readonly id: Generated<number>;
  readonly repair_id: string;
  readonly step: string;
  readonly message: string;
  readonly progress: number;
  readonly failed: Flag;
  readonly at_ms: number;
}

export interface SegmentRulesRowSql {
  readonly segment_uuid: string;
  readonly fencing: string | null;
  readonly storage: string | null;
  readonly return_policy: string | null;
  readonly instance_policy: string | null;
  readonly changed_by: string;
  readonly note: string | null;
  readonly changed_at_ms: number;
}

export interface InstanceRuleRowSql {
  readonly instance_uuid: string;
  readonly policy: string | null;
  readonly priority: number | null;
  readonly changed_by: string;
  readonly note: string | null;
  readonly changed_at_ms: number;
}

export interface Schema {
  readonly schema_version: {
    readonly version: number;
    readonly name: string;
    readonly applied_at_ms: number;
  };
  readonly lease: LeaseRowSql;
  readonly run: RunRowSql;
  readonly step: StepRowSql;
  readonly segment: SegmentRowSql;
  readonly host: HostRowSql;
  readonly notification: NotificationRowSql;
  readonly notification_copy: NotificationCopyRowSql;
  readonly incident: IncidentRowSql;
  readonly incident_evidence: EvidenceRowSql;
  readonly incident_event: IncidentEventRowSql;
  readonly vmove: VmoveRowSql;
  readonly instance_lock: InstanceLockRowSql;
  readonly host_return: ReturnRowSql;
  readonly return_event: ReturnEventRowSql;
  readonly drain: DrainRowSql;
  readonly drain_instance: DrainInstanceRowSql;
  readonly reservation: ReservationRowSql;
  readonly repair: RepairRowSql;
  readonly repair_notification: RepairNotificationRowSql;
  readonly repair_event: RepairEventRowSql;
  readonly segment_rules: SegmentRulesRowSql;
  readonly instance_rule: InstanceRuleRowSql;
}
