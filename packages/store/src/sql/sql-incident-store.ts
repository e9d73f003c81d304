/**
 * Incidents in SQL. That a host has one open incident is a unique key; whoever adds evidence moves
 * a counter in the incident's row first, so that evidence, joining and closing meet on that row and
 * are ordered on every database.
 */
import { assertLegalMove, isFinal, notificationStatusOf } from '@medevac/core';
import type {
  EvidenceRecord,
  IncidentEvent,
  IncidentMove,
  IncidentRecord,
  IncidentStore,
  NewEvidence,
  NewIncident,
  NewIncidentEvent,
} from '@medevac/engine';
import {
  type HostName,
  type HostUuid,
  type IncidentId,
  invariant,
  type NotificationUuid,
} from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';
import type { Kysely } from 'kysely';
import { UNSETTLED } from '../rules/unsettled.ts';
import { keepIncidentEvent } from './incident-events.ts';
import { hostLane, keepEvidence, takeCopies } from './incident-evidence.ts';
import { newIncidentColumns, toEvidence, toIncident, toIncidentEvent } from './incident-rows.ts';
import type { Schema } from './schema.ts';
import type { SqlDatabase } from './sql-database.ts';

type Joined = Awaited<ReturnType<IncidentStore['openOrJoin']>>;

export class SqlIncidentStore implements IncidentStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  openOrJoin(
    incident: NewIncident,
    notification: NotificationUuid,
    evidence: NewEvidence,
  ): Promise<Joined> {
    return this.#database.writeDecidingAgain<Joined>(async (db, rollBack) => {
      const kind = (await countEvidence(db, incident.hostName)) ? 'joined' : 'opened';
      if (kind === 'opened')
        await db.insertInto('incident').values(newIncidentColumns(incident)).execute();
      const open = await findOpen(db, incident.hostName);
      invariant(open !== undefined, `the open incident of ${incident.hostName} vanished`);
      const tied = await db
        .updateTable('notification')
        .set({
          incident_id: open.id,
          status: notificationStatusOf(open.state),
          message: open.reason,
          updated_at_ms: incident.openedAtMs,
        })
        .where('uuid', '=', notification)
        .where('status', '=', 'new')
        .where('incident_id', 'is', null)
        .executeTakeFirstOrThrow();
      if (tied.numUpdatedRows === 0n) rollBack({ kind: 'already-dispatched' });
      await keepEvidence(db, open.id, evidence);
      await takeCopies(db, open.id, notification);
      return { kind, incident: open };
    }, hostLane(incident.hostName));
  }

  async read(id: IncidentId): Promise<IncidentRecord | undefined> {
    const row = await this.#database.read((db) =>
      db.selectFrom('incident').selectAll().where('id', '=', id).executeTakeFirst(),
    );
    return row && toIncident(row);
  }

  findOpen(host: HostName): Promise<IncidentRecord | undefined> {
    return this.#database.read((db) => findOpen(db, host));
  }

  async listOpen(limit: number): Promise<readonly IncidentRecord[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom('incident')
        .selectAll()
        .where('closed_at_ms', 'is', null)
        .orderBy('opened_at_ms')
        .orderBy('number')
        .limit(limit)
        .execute(),
    );
    return rows.map(toIncident);
  }

  async move(
    tenure: Tenure,
    id: IncidentId,
    move: IncidentMove,
  ): Promise<WriteOutcome | 'lost' | 'unsettled'> {
    const { from, to, guard, reason, atMs, onlySettled } = move;
    if (from !== to) assertLegalMove(from, to);
    const closing = from !== to && isFinal(to) ? { closed_at_ms: atMs, open_key: null } : {};
    return this.#database.fenced<'written' | 'lost' | 'unsettled'>(tenure, async (db, rollBack) => {
      const moved = await db
        .updateTable('incident')
        .set({ state: to, guard, reason, updated_at_ms: atMs, ...closing })
        .where('id', '=', id)
        .where('state', '=', from)
        .executeTakeFirstOrThrow();
      if (moved.numUpdatedRows === 0n) rollBack('lost');
      // After the incident's row: whoever asks for another try of an instance moves that first.
      if (onlySettled === true && (await hasUnsettled(db, id))) rollBack('unsettled');
      await db
        .updateTable('notification')
        .set({ status: notificationStatusOf(to), message: reason, updated_at_ms: atMs })
        .where('incident_id', '=', id)
        .execute();
      return 'written';
    });
  }

  addEvidence(host: HostName, evidence: NewEvidence): Promise<'added' | 'no-incident'> {
    return this.#database.write<'added' | 'no-incident'>(async (db) => {
      if (!(await countEvidence(db, host))) return 'no-incident';
      const open = await findOpen(db, host);
      invariant(open !== undefined, `the open incident of ${host} vanished`);
      await keepEvidence(db, open.id, evidence);
      return 'added';
    }, hostLane(host));
  }

  async readEvidence(id: IncidentId): Promise<readonly EvidenceRecord[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom('incident_evidence')
        .selectAll()
        .where('incident_id', '=', id)
        .orderBy('id')
        .execute(),
    );
    return rows.map(toEvidence);
  }

  addEvent(tenure: Tenure, id: IncidentId, event: NewIncidentEvent): Promise<WriteOutcome> {
    return this.#database.fenced<'written'>(tenure, async (db) => {
      await keepIncidentEvent(db, id, event);
      return 'written';
    });
  }

  async readEvents(id: IncidentId): Promise<readonly IncidentEvent[]> {
    const rows = await this.#database.read((db) =>
      db
        .selectFrom('incident_event')
        .selectAll()
        .where('incident_id', '=', id)
        .orderBy('id')
        .execute(),
    );
    return rows.map(toIncidentEvent);
  }

  /** A host row that an operator has deleted meanwhile has no flag to set. */
  setMaintenance(tenure: Tenure, host: HostUuid, atMs: number): Promise<WriteOutcome> {
    return this.#database.fenced<'written'>(tenure, async (db) => {
      await db
        .updateTable('host')
        .set({ on_maintenance: 1, maintenance_by_recovery: 1, updated_at_ms: atMs })
        .where('uuid', '=', host)
        .where('deleted_id', '=', 0)
        .where('on_maintenance', '=', 0)
        .execute();
      return 'written';
    });
  }

  liftMaintenance(tenure: Tenure, host: HostUuid, atMs: number): Promise<WriteOutcome> {
    return this.#database.fenced<'written'>(tenure, async (db) => {
      await db
        .updateTable('host')
        .set({ on_maintenance: 0, maintenance_by_recovery: 0, updated_at_ms: atMs })
        .where('uuid', '=', host)
        .where('deleted_id', '=', 0)
        .where('maintenance_by_recovery', '=', 1)
        .execute();
      return 'written';
    });
  }
}

async function findOpen(db: Kysely<Schema>, host: HostName): Promise<IncidentRecord | undefined> {
  const row = await db
    .selectFrom('incident')
    .selectAll()
    .where('open_key', '=', host)
    .executeTakeFirst();
  return row && toIncident(row);
}

async function hasUnsettled(db: Kysely<Schema>, incident: IncidentId): Promise<boolean> {
  const row = await db
    .selectFrom('vmove')
    .select('id')
    .where('incident_id', '=', incident)
    .where('status', 'in', [...UNSETTLED])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** `false`: no incident of the host is open. Until the commit no other writer can close it. */
async function countEvidence(db: Kysely<Schema>, host: HostName): Promise<boolean> {
  const counted = await db
    .updateTable('incident')
    .set((row) => ({ evidence_total: row('evidence_total', '+', 1) }))
    .where('open_key', '=', host)
    .executeTakeFirstOrThrow();
  return counted.numUpdatedRows === 1n;
}
