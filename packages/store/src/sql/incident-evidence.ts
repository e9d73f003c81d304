/** Adds evidence to an incident within a transaction, and keeps it within its limit. */
import type { EvidenceKind, NewEvidence } from '@medevac/engine';
import {
  type HostName,
  type IncidentId,
  type Json,
  LIMITS,
  type NotificationUuid,
} from '@medevac/kernel';
import type { Kysely } from 'kysely';
import { evidenceToDrop } from '../rules/evidence-kept.ts';
import { evidenceColumns } from './incident-rows.ts';
import type { Schema } from './schema.ts';

/** Whatever brings evidence about a host meets on the row of its open incident. */
export const hostLane = (host: HostName): string => `host ${host}`;

/** The caller has moved the incident's row in the same transaction: receivers are ordered there. */
export async function keepEvidence(
  db: Kysely<Schema>,
  incident: IncidentId,
  evidence: NewEvidence,
): Promise<void> {
  await db.insertInto('incident_evidence').values(evidenceColumns(incident, evidence)).execute();
  // Read first: MariaDB refuses a deletion that looks at the table it deletes from.
  const rows = await db
    .selectFrom('incident_evidence')
    .select(['id', 'kind'])
    .where('incident_id', '=', incident)
    .orderBy('id')
    .execute();
  const ranked = rows.map(({ id, kind }) => ({ id, kind: kind as EvidenceKind }));
  const dropped = evidenceToDrop(ranked, LIMITS.evidencePerIncident);
  if (dropped.length === 0) return;
  await db.deleteFrom('incident_evidence').where('id', 'in', dropped).execute();
}

/** What was refused before the incident was there becomes evidence of it. */
export async function takeCopies(
  db: Kysely<Schema>,
  incident: IncidentId,
  notification: NotificationUuid,
): Promise<void> {
  const copies = await db
    .selectFrom('notification_copy')
    .selectAll()
    .where('notification_uuid', '=', notification)
    .orderBy('id')
    .execute();
  if (copies.length === 0) return;
  for (const { kind, source, observer, content, received_at_ms: receivedAtMs } of copies) {
    const evidence = { source, observer, receivedAtMs, content: JSON.parse(content) as Json };
    await keepEvidence(db, incident, { ...evidence, kind: kind as EvidenceKind });
  }
  await db.deleteFrom('notification_copy').where('notification_uuid', '=', notification).execute();
}
