/**
 * The types of what goes over the wire, by operation, for programs that call the API: the command
 * line and the dashboard. They are those of the schemas that the routes validate and answer with.
 */
import type { Static, TSchema } from 'typebox';
import { hostAnswer, hostCreate, hostListAnswer, hostUpdate } from './schemas/host.ts';
import {
  incidentAnswer,
  incidentDetailAnswer,
  incidentListAnswer,
  incidentOrder,
} from './schemas/incident.ts';
import {
  notificationAnswer,
  notificationCreate,
  notificationListAnswer,
  notificationShowAnswer,
} from './schemas/notification.ts';
import { returnAnswer, returnListAnswer } from './schemas/return.ts';
import {
  segmentAnswer,
  segmentCreateWithEnabled,
  segmentListAnswer,
  segmentUpdateWithEnabled,
} from './schemas/segment.ts';
import { vmoveAnswer, vmoveListAnswer } from './schemas/vmove.ts';

/** The body of a success, by operation. */
export const ANSWERS = {
  'segments:index': segmentListAnswer,
  'segments:create': segmentAnswer,
  'segments:detail': segmentAnswer,
  'segments:update': segmentAnswer,
  'hosts:index': hostListAnswer,
  'hosts:create': hostAnswer,
  'hosts:detail': hostAnswer,
  'hosts:update': hostAnswer,
  'notifications:index': notificationListAnswer,
  'notifications:create': notificationAnswer,
  'notifications:detail': notificationShowAnswer,
  'vmoves:index': vmoveListAnswer,
  'vmoves:detail': vmoveAnswer,
  'incidents:index': incidentListAnswer,
  'incidents:detail': incidentDetailAnswer,
  'incidents:cancel': incidentAnswer,
  'incidents:retry': incidentAnswer,
  'incidents:acknowledge': incidentAnswer,
  'returns:index': returnListAnswer,
  'returns:detail': returnAnswer,
  'returns:approve': returnAnswer,
} as const satisfies Readonly<Record<string, TSchema>>;

/** The body that an operation takes at the highest microversion. */
export const BODIES = {
  'segments:create': segmentCreateWithEnabled,
  'segments:update': segmentUpdateWithEnabled,
  'hosts:create': hostCreate,
  'hosts:update': hostUpdate,
  'notifications:create': notificationCreate,
  'incidents:cancel': incidentOrder,
  'incidents:retry': incidentOrder,
  'incidents:acknowledge': incidentOrder,
  'returns:approve': incidentOrder,
} as const satisfies Readonly<Record<string, TSchema>>;

export type WireAnswers = { readonly [Id in keyof typeof ANSWERS]: Static<(typeof ANSWERS)[Id]> };
export type WireBodies = { readonly [Id in keyof typeof BODIES]: Static<(typeof BODIES)[Id]> };
