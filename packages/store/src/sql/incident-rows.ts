/** Incidents, their evidence and their timeline between rows and records. */
import type { IncidentState } from '@medevac/core';
import type {
  EvidenceKind,
  EvidenceRecord,
  IncidentEvent,
  IncidentRecord,
  NewEvidence,
  NewIncident,
} from '@medevac/engine';
import type { HostName, HostUuid, IncidentId, Json, SegmentUuid } from '@medevac/kernel';
import type { Selectable } from 'kysely';
import type { EvidenceRowSql, IncidentEventRowSql, IncidentRowSql } from './schema.ts';

/** A new incident has one piece of evidence: the one that opened it. */
export const newIncidentColumns = (incident: NewIncident) => ({
  id: incident.id,
  host_uuid: incident.hostUuid,
  host_name: incident.hostName,
  segment_uuid: incident.segmentUuid,
  state: 'suspected',
  open_key: incident.hostName,
  evidence_total: 1,
  opened_at_ms: incident.openedAtMs,
  updated_at_ms: incident.openedAtMs,
});

export const evidenceColumns = (incidentId: IncidentId, evidence: NewEvidence) => ({
  incident_id: incidentId,
  kind: evidence.kind,
  source: evidence.source,
  observer: evidence.observer,
  content: JSON.stringify(evidence.content),
  received_at_ms: evidence.receivedAtMs,
});

export const toIncident = (row: Selectable<IncidentRowSql>): IncidentRecord => ({
  id: row.id as IncidentId,
  hostUuid: row.host_uuid as HostUuid,
  hostName: row.host_name as HostName,
  segmentUuid: row.segment_uuid as SegmentUuid,
  openedAtMs: row.opened_at_ms,
  state: row.state as IncidentState,
  guard: row.guard,
  reason: row.reason,
  updatedAtMs: row.updated_at_ms,
  closedAtMs: row.closed_at_ms,
  retries: row.retries,
  retryAskedAtMs: row.retry_asked_at_ms,
  acknowledged:
    row.acknowledged_at_ms === null
      ? null
      : {
          by: row.acknowledged_by ?? '',
          note: row.acknowledge_note,
          atMs: row.acknowledged_at_ms,
        },
  paused:
    row.paused_at_ms === null
      ? null
      : { by: row.paused_by ?? '', note: row.pause_note, atMs: row.paused_at_ms },
  method:
    row.method === null
      ? null
      : {
          method: row.method,
          by: row.method_by ?? '',
          note: row.method_note,
          atMs: row.method_at_ms ?? 0,
        },
});

export const toEvidence = (row: Selectable<EvidenceRowSql>): EvidenceRecord => ({
  id: row.id,
  incidentId: row.incident_id as IncidentId,
  kind: row.kind as EvidenceKind,
  source: row.source,
  observer: row.observer,
  content: JSON.parse(row.content) as Json,
  receivedAtMs: row.received_at_ms,
});

export const toIncidentEvent = (row: Selectable<IncidentEventRowSql>): IncidentEvent => ({
  id: row.id,
  incidentId: row.incident_id as IncidentId,
  step: row.step,
  message: row.message,
  progress: row.progress,
  failed: row.failed !== 0,
  atMs: row.at_ms,
});
