/** Adds a line to an incident's timeline in memory; the oldest beyond the limit are dropped. */
import type { NewIncidentEvent } from '@medevac/engine';
import { type IncidentId, LIMITS } from '@medevac/kernel';
import type { MemoryTables } from './memory-tables.ts';

export function keepIncidentEvent(
  tables: MemoryTables,
  incidentId: IncidentId,
  { step, message, progress, failed, atMs }: NewIncidentEvent,
): void {
  const row = { id: tables.nextId('event'), incidentId };
  const events = tables.events.get(incidentId) ?? [];
  events.push({ ...row, step, message, progress, failed, atMs });
  tables.events.set(incidentId, events.slice(-LIMITS.eventsPerIncident));
}
