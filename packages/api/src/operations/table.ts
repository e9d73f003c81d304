/** Every operation of Masakari v1 that is served, and the methods that are known and refused. */
import { HOST_OPERATIONS } from './hosts.ts';
import { NOTIFICATION_OPERATIONS } from './notifications.ts';
import type { Operation, RefusedMethod } from './operation.ts';
import { SEGMENT_OPERATIONS } from './segments.ts';
import { VMOVE_OPERATIONS } from './vmoves.ts';

export const OPERATIONS: readonly Operation[] = [
  ...SEGMENT_OPERATIONS,
  ...HOST_OPERATIONS,
  ...NOTIFICATION_OPERATIONS,
  ...VMOVE_OPERATIONS,
];

const NOTIFICATION = '/notifications/{uuid}';
const VMOVES = '/notifications/{notification_uuid}/vmoves';
const VMOVE = '/notifications/{notification_uuid}/vmoves/{uuid}';

export const REFUSED_METHODS: readonly RefusedMethod[] = [
  { method: 'PUT', path: NOTIFICATION, action: 'update' },
  { method: 'DELETE', path: NOTIFICATION, action: 'delete' },
  { method: 'POST', path: VMOVES, action: 'create' },
  { method: 'PUT', path: VMOVE, action: 'update' },
  { method: 'DELETE', path: VMOVE, action: 'delete' },
];
