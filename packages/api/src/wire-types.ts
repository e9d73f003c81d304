/**
 * The types of what goes over the wire, by operation, for programs that call the API: the command
 * line and the dashboard. They are those of the schemas that the routes validate and answer with.
 */
import type { Static, TSchema } from 'typebox';
import { drainAnswer, drainDetailAnswer, drainListAnswer, drainRequest } from './schemas/drain.ts';
import { hostAnswer, hostCreate, hostListAnswer, hostUpdate } from './schemas/host.ts';
import {
  fencedConfirmation,
  incidentAnswer,
  incidentDetailAnswer,
  incidentListAnswer,
  incidentOrder,
  methodOrder,
  retryOrder,
} from './schemas/incident.ts';
import {
  notificationAnswer,
  notificationCreate,
  notificationListAnswer,
  notificationShowAnswer,
} from './schemas/notification.ts';
import { returnAnswer, returnDetailAnswer, returnListAnswer } from './schemas/return.ts';
import {
  instanceRuleAnswer,
  instanceRuleChange,
  instanceRuleListAnswer,
  segmentRulesAnswer,
  segmentRulesChange,
} from './schemas/rule.ts';
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
  'incidents:pause': incidentAnswer,
  'incidents:resume': incidentAnswer,
  'incidents:method': incidentAnswer,
  'incidents:confirm-fenced': incidentAnswer,
  'returns:index': returnListAnswer,
  'returns:detail': returnDetailAnswer,
  'returns:approve': returnAnswer,
  'drains:index': drainListAnswer,
  'drains:detail': drainDetailAnswer,
  'drains:create': drainAnswer,
  'drains:cancel': drainAnswer,
  'drains:undrain': drainAnswer,
  'segment-rules:detail': segmentRulesAnswer,
  'segment-rules:update': segmentRulesAnswer,
  'instance-rules:index': instanceRuleListAnswer,
  'instance-rules:detail': instanceRuleAnswer,
  'instance-rules:update': instanceRuleAnswer,
} as const satisfies Readonly<Record<string, TSchema>>;

/** The body that an operation takes at the highest microversion. */
export const BODIES = {
  'segments:create': segmentCreateWithEnabled,
  'segments:update': segmentUpdateWithEnabled,
  'hosts:create': hostCreate,
  'hosts:update': hostUpdate,
  'notifications:create': notificationCreate,
  'incidents:cancel': incidentOrder,
  'incidents:retry': retryOrder,
  'incidents:acknowledge': incidentOrder,
  'incidents:pause': incidentOrder,
  'incidents:resume': incidentOrder,
  'incidents:method': methodOrder,
  'incidents:confirm-fenced': fencedConfirmation,
  'returns:approve': incidentOrder,
  'drains:create': drainRequest,
  'drains:cancel': incidentOrder,
  'drains:undrain': incidentOrder,
  'segment-rules:update': segmentRulesChange,
  'instance-rules:update': instanceRuleChange,
} as const satisfies Readonly<Record<string, TSchema>>;

export type WireAnswers = { readonly [Id in keyof typeof ANSWERS]: Static<(typeof ANSWERS)[Id]> };
export type WireBodies = { readonly [Id in keyof typeof BODIES]: Static<(typeof BODIES)[Id]> };
