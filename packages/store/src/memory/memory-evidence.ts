/** Adds evidence to an incident in memory, and keeps it within its limit. */
import type { NewEvidence } from '@medevac/engine';
import { type IncidentId, LIMITS } from '@medevac/kernel';
import { evidenceToDrop } from '../rules/evidence-kept.ts';
import { jsonCopyOf, type MemoryTables } from './memory-tables.ts';

export function keepEvidence(
  tables: MemoryTables,
  incidentId: IncidentId,
  evidence: NewEvidence,
): void {
  const { kind, source, observer, receivedAtMs } = evidence;
  const id = tables.nextId('evidence');
  const content = jsonCopyOf(evidence.content);
  const row = { id, incidentId, kind, source, observer, content, receivedAtMs };
  const all = [...(tables.evidence.get(incidentId) ?? []), row];
  const dropped = new Set(evidenceToDrop(all, LIMITS.evidencePerIncident));
  tables.evidence.set(
    incidentId,
    all.filter((one) => !dropped.has(one.id)),
  );
}
