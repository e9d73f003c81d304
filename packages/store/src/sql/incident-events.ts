/** Adds a line to an incident's timeline in a transaction, and keeps it within its limit. */
import type { NewIncidentEvent } from '@medevac/engine';
import { type IncidentId, LIMITS } from '@medevac/kernel';
import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export async function keepIncidentEvent(
  db: Kysely<Schema>,
  incident: IncidentId,
  { step, message, progress, failed, atMs }: NewIncidentEvent,
): Promise<void> {
  const line = { step, message, progress, failed: Number(failed), at_ms: atMs };
  await db
    .insertInto('incident_event')
    .values({ incident_id: incident, ...line })
    .execute();
  const beyond = await db
    .selectFrom('incident_event')
    .select('id')
    .where('incident_id', '=', incident)
    .orderBy('id', 'desc')
    .limit(1)
    .offset(LIMITS.eventsPerIncident)
    .executeTakeFirst();
  if (beyond === undefined) return;
  await db
    .deleteFrom('incident_event')
    .where('incident_id', '=', incident)
    .where('id', '<=', beyond.id)
    .execute();
}
