/**
 * Rules of operators in Medevac's own API: what holds for one segment or one instance above the
 * settings of the program. The next plan and the next return go by them.
 */
import type { InstanceRuleRecord } from '@medevac/engine';
import { type InstanceUuid, isUuid, LIMITS } from '@medevac/kernel';
import { callerOf } from '../authenticate.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { instanceRuleNotFound, instanceRulesFull, segmentNotFound } from '../errors.ts';
import { readLimit, valueOf } from '../list-parameters.ts';
import {
  type InstanceRuleChange,
  instanceRuleAnswer,
  instanceRuleChange,
  instanceRuleListAnswer,
  instanceRuleToWire,
  type SegmentRulesChange,
  segmentRulesAnswer,
  segmentRulesChange,
  segmentRulesToWire,
} from '../schemas/rule.ts';
import { type Operation, type OperationCall, withBody } from './operation.ts';
import { requireSegment } from './segments.ts';

const everyVersion = { first: '1.0', last: '1.3' } as const;
const SEGMENT = '/segments/{segment_uuid}/rules';
const COLLECTION = '/instance-rules';
const MEMBER = '/instance-rules/{instance_uuid}';

async function showSegment(call: OperationCall<unknown>, api: ApiDependencies) {
  const { uuid } = await requireSegment(call.parameter('segment_uuid'), api);
  return { rules: segmentRulesToWire(uuid, await api.stores.rules.readSegment(uuid)) };
}

async function changeSegment(call: OperationCall<SegmentRulesChange>, api: ApiDependencies) {
  const { uuid } = await requireSegment(call.parameter('segment_uuid'), api);
  const given = call.body.rules;
  const before = await api.stores.rules.readSegment(uuid);
  const record = {
    segmentUuid: uuid,
    fencing: chosen(given.fencing, before?.fencing),
    storage: chosen(given.storage, before?.storage),
    returnPolicy: chosen(given.return_policy, before?.returnPolicy),
    instancePolicy: chosen(given.instance_policy, before?.instancePolicy),
    by: callerOf(call.identity),
    note: given.note ?? null,
    changedAtMs: api.clock.wallMs(),
  };
  if ((await api.stores.rules.writeSegment(record)) === 'missing') throw segmentNotFound(uuid);
  api.log.info('segment.rules_changed', { ...record });
  return { rules: segmentRulesToWire(uuid, record) };
}

/** The given value, which may be `null`; what is left out stays. */
const chosen = <Value>(given: Value | undefined, before: Value | undefined): Value | null =>
  given === undefined ? (before ?? null) : given;

function instanceOf(call: OperationCall<unknown>): InstanceUuid {
  const id = call.parameter('instance_uuid');
  if (!isUuid(id)) throw instanceRuleNotFound(id);
  return id.toLowerCase() as InstanceUuid;
}

async function readRule(
  instance: InstanceUuid,
  api: ApiDependencies,
): Promise<InstanceRuleRecord | undefined> {
  const [rule] = await api.stores.rules.readInstances([instance]);
  return rule;
}

async function listInstances({ query }: OperationCall<unknown>, api: ApiDependencies) {
  const marker = valueOf(query, 'marker');
  const page = await api.stores.rules.listInstances({
    limit: Math.min(readLimit(query), LIMITS.apiPageSize),
    ...(marker === undefined ? {} : { marker: marker as InstanceUuid }),
  });
  return { rules: page.kind === 'page' ? page.rows.map(instanceRuleToWire) : [] };
}

async function showInstance(call: OperationCall<unknown>, api: ApiDependencies) {
  const instance = instanceOf(call);
  const rule = await readRule(instance, api);
  if (rule === undefined) throw instanceRuleNotFound(instance);
  return { rule: instanceRuleToWire(rule) };
}

async function changeInstance(call: OperationCall<InstanceRuleChange>, api: ApiDependencies) {
  const instance = instanceOf(call);
  const given = call.body.rule;
  const before = await readRule(instance, api);
  const record: InstanceRuleRecord = {
    instanceUuid: instance,
    policy: chosen(given.policy, before?.policy),
    priority: chosen(given.priority, before?.priority),
    by: callerOf(call.identity),
    note: given.note ?? null,
    changedAtMs: api.clock.wallMs(),
  };
  if ((await api.stores.rules.writeInstance(record)) === 'full') throw instanceRulesFull();
  api.log.info('instance.rule_changed', { ...record });
  return { rule: instanceRuleToWire(record) };
}

async function clearInstance(call: OperationCall<unknown>, api: ApiDependencies) {
  const instance = instanceOf(call);
  if (!(await api.stores.rules.clearInstance(instance))) throw instanceRuleNotFound(instance);
  api.log.info('instance.rule_cleared', { instance, by: callerOf(call.identity) });
}

export const RULE_OPERATIONS: readonly Operation[] = [
  {
    id: 'segment-rules:detail',
    method: 'GET',
    path: SEGMENT,
    ...everyVersion,
    rule: 'medevac_api:rules:index',
    requests: [],
    successStatus: 200,
    answer: segmentRulesAnswer,
    handle: showSegment,
  },
  withBody({
    id: 'segment-rules:update',
    method: 'PUT',
    path: SEGMENT,
    ...everyVersion,
    rule: 'medevac_api:rules:update',
    requests: [{ ...everyVersion, schema: segmentRulesChange }],
    successStatus: 200,
    answer: segmentRulesAnswer,
    body: segmentRulesChange,
    handle: changeSegment,
  }),
  {
    id: 'instance-rules:index',
    method: 'GET',
    path: COLLECTION,
    ...everyVersion,
    rule: 'medevac_api:rules:index',
    requests: [],
    successStatus: 200,
    answer: instanceRuleListAnswer,
    list: { filters: [] },
    handle: listInstances,
  },
  {
    id: 'instance-rules:detail',
    method: 'GET',
    path: MEMBER,
    ...everyVersion,
    rule: 'medevac_api:rules:index',
    requests: [],
    successStatus: 200,
    answer: instanceRuleAnswer,
    handle: showInstance,
  },
  withBody({
    id: 'instance-rules:update',
    method: 'PUT',
    path: MEMBER,
    ...everyVersion,
    rule: 'medevac_api:rules:update',
    requests: [{ ...everyVersion, schema: instanceRuleChange }],
    successStatus: 200,
    answer: instanceRuleAnswer,
    body: instanceRuleChange,
    handle: changeInstance,
  }),
  {
    id: 'instance-rules:delete',
    method: 'DELETE',
    path: MEMBER,
    ...everyVersion,
    rule: 'medevac_api:rules:update',
    requests: [],
    successStatus: 204,
    handle: clearInstance,
  },
];
