/** What became of the instances of a failed host: the vmoves of a notification, list and show. */
import { type NotificationRecord, NotificationType, type VmoveSortKey } from '@medevac/engine';
import { isUuid, type VmoveUuid } from '@medevac/kernel';
import type { ApiDependencies } from '../dependencies.ts';
import { vmoveNotFound, withoutVmoves } from '../errors.ts';
import { readPage, rowsOf, type SortColumns, valueOf } from '../list-parameters.ts';
import {
  isVmoveStatus,
  isVmoveType,
  vmoveAnswer,
  vmoveListAnswer,
  vmoveToWire,
} from '../schemas/vmove.ts';
import { requireNotification } from './notifications.ts';
import type { Operation, OperationCall } from './operation.ts';

const SORT_COLUMNS: SortColumns<VmoveSortKey> = {
  id: 'id',
  uuid: 'uuid',
  type: 'type',
  status: 'status',
  instance_uuid: 'instanceUuid',
  instance_name: 'instanceName',
  source_host: 'sourceHost',
  dest_host: 'destHost',
  message: 'message',
  start_time: 'startAtMs',
  end_time: 'endAtMs',
  created_at: 'createdAtMs',
  updated_at: 'updatedAtMs',
};
const everyVersion = { first: '1.0', last: '1.3' } as const;

/** The notification of the path; only those about a compute host have vmoves. */
async function requireHostNotification(
  call: OperationCall<unknown>,
  api: ApiDependencies,
): Promise<NotificationRecord> {
  const record = await requireNotification(call.parameter('notification_uuid'), api);
  if (record.type !== NotificationType.computeHost) throw withoutVmoves(record.uuid);
  return record;
}

async function list(call: OperationCall<unknown>, api: ApiDependencies) {
  const page = readPage(call.query, SORT_COLUMNS, ['notification_uuid']);
  const notification = await requireHostNotification(call, api);
  const status = valueOf(call.query, 'status');
  const type = valueOf(call.query, 'type');
  const { incidentId } = notification;
  if (incidentId === null) return { vmoves: [] };
  if (status !== undefined && !isVmoveStatus(status)) return { vmoves: [] };
  if (type !== undefined && !isVmoveType(type)) return { vmoves: [] };
  const filter = {
    incidentId,
    ...(status === undefined ? {} : { status }),
    ...(type === undefined ? {} : { type }),
  };
  const rows = await rowsOf(page, (asked) => api.stores.vmoves.list({ ...asked, filter }));
  return { vmoves: rows.map((row) => vmoveToWire(row, notification.uuid)) };
}

async function show(call: OperationCall<unknown>, api: ApiDependencies) {
  const notification = await requireHostNotification(call, api);
  const id = call.parameter('uuid');
  const record = isUuid(id) ? await api.stores.vmoves.read(id as VmoveUuid) : undefined;
  if (record === undefined || record.incidentId !== notification.incidentId) {
    throw vmoveNotFound(id);
  }
  return { vmove: vmoveToWire(record, notification.uuid) };
}

export const VMOVE_OPERATIONS: readonly Operation[] = [
  {
    id: 'vmoves:index',
    method: 'GET',
    path: '/notifications/{notification_uuid}/vmoves',
    ...everyVersion,
    rule: 'os_masakari_api:vmoves:index',
    requests: [],
    successStatus: 200,
    answer: vmoveListAnswer,
    list: { filters: ['status', 'type'], sortColumns: SORT_COLUMNS },
    handle: list,
  },
  {
    id: 'vmoves:detail',
    method: 'GET',
    path: '/notifications/{notification_uuid}/vmoves/{uuid}',
    ...everyVersion,
    rule: 'os_masakari_api:vmoves:detail',
    requests: [],
    successStatus: 200,
    answer: vmoveAnswer,
    handle: show,
  },
];
