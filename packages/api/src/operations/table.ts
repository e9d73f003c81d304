/**
 * Every operation that is served: those of Masakari v1, with the methods that are known and
 * refused, and those of Medevac's own API.
 */
import { CONFIRM_FENCED_OPERATIONS } from './confirm-fenced.ts';
import { DRAIN_OPERATIONS } from './drains.ts';
import { EXTENSION_OPERATIONS } from './extensions.ts';
import { HOST_OPERATIONS } from './hosts.ts';
import { INCIDENT_OPERATIONS } from './incidents.ts';
import { NOTIFICATION_OPERATIONS } from './notifications.ts';
import type { Operation, RefusedMethod } from './operation.ts';
import { RETURN_OPERATIONS } from './returns.ts';
import { RULE_OPERATIONS } from './rules.ts';
import { SEGMENT_OPERATIONS } from './segments.ts';
import { VMOVE_OPERATIONS } from './vmoves.ts';

/** Below `/v1`, with and without a project. */
export const OPERATIONS: readonly Operation[] = [
  ...SEGMENT_OPERATIONS,
  ...HOST_OPERATIONS,
  ...NOTIFICATION_OPERATIONS,
  ...VMOVE_OPERATIONS,
  ...EXTENSION_OPERATIONS,
];

/** Below `/medevac/v1`. */
export const MEDEVAC_OPERATIONS: readonly Operation[] = [
  ...INCIDENT_OPERATIONS,
  ...CONFIRM_FENCED_OPERATIONS,
  ...RETURN_OPERATIONS,
  ...DRAIN_OPERATIONS,
  ...RULE_OPERATIONS,
];

const EXTENSION = '/extensions/{alias}';
const NOTIFICATION = '/notifications/{uuid}';
const VMOVES = '/notifications/{notification_uuid}/vmoves';
const VMOVE = '/notifications/{notification_uuid}/vmoves/{uuid}';

export const REFUSED_METHODS: readonly RefusedMethod[] = [
  { method: 'PUT', path: NOTIFICATION, action: 'update' },
  { method: 'DELETE', path: NOTIFICATION, action: 'delete' },
  { method: 'POST', path: VMOVES, action: 'create' },
  { method: 'PUT', path: VMOVE, action: 'update' },
  { method: 'DELETE', path: VMOVE, action: 'delete' },
  { method: 'POST', path: '/extensions', action: 'create' },
  { method: 'PUT', path: EXTENSION, action: 'update' },
  { method: 'DELETE', path: EXTENSION, action: 'delete' },
];
