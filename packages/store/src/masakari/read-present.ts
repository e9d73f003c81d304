/** What is in our own database already, as far as an import has to know. */
import type { SqlDatabase } from '../sql/sql-database.ts';
import type { PresentContents } from './plan-import.ts';

export async function readPresent(database: SqlDatabase): Promise<PresentContents> {
  const segments = await database.read((db) => db.selectFrom('segment').selectAll().execute());
  const hosts = await database.read((db) => db.selectFrom('host').selectAll().execute());
  const notifications = await database.read((db) =>
    db.selectFrom('notification').select(['uuid', 'status']).execute(),
  );
  return {
    segments: segments.map((row) => ({
      uuid: row.uuid,
      name: row.name,
      description: row.description,
      serviceType: row.service_type,
      recoveryMethod: row.recovery_method,
      enabled: row.enabled !== 0,
      isDeleted: row.deleted_id !== 0,
    })),
    hosts: hosts.map((row) => ({
      uuid: row.uuid,
      name: row.name,
      type: row.type,
      controlAttributes: row.control_attributes,
      reserved: row.reserved !== 0,
      onMaintenance: row.on_maintenance !== 0,
      segmentUuid: row.segment_uuid,
      isDeleted: row.deleted_id !== 0,
    })),
    notifications: new Map(notifications.map(({ uuid, status }) => [uuid, status])),
  };
}
