/**
 * Actions on an instance. Nova's policy keeps some to administrators, and a lock keeps owners off
 * the others, before the action itself is looked at.
 */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { ActionOutcome, EvacuateOutcome, RejectableOutcome } from '@medevac/openstack';
import { requireDialect } from './microversions.ts';
import { instanceNotFound } from './nova-reads.ts';
import type { NovaRequest } from './nova-request.ts';
import { isObject, ok, Refusal, readObject, type WireAnswer } from './wire.ts';

const MAX_REASON_CHARACTERS = 255;

type Action = (asked: NovaRequest, content: unknown) => Promise<WireAnswer>;

interface ServedAction {
  readonly version: string;
  readonly act: Action;
  /** By Nova's default policy; owners have the others. */
  readonly isForAdmins?: boolean;
}

/** By the one key of the body, each with the version in which it is simulated. */
const ACTIONS: Readonly<Record<string, ServedAction>> = {
  evacuate: { version: '2.68', act: evacuate, isForAdmins: true },
  'os-resetState': { version: '2.1', act: resetState, isForAdmins: true },
  migrate: { version: '2.1', act: by('migrate'), isForAdmins: true },
  'os-migrateLive': { version: '2.68', act: migrateLive, isForAdmins: true },
  'os-stop': { version: '2.1', act: stop },
  'os-start': { version: '2.1', act: by('start') },
  reboot: { version: '2.1', act: reboot },
  pause: { version: '2.1', act: by('pause') },
  suspend: { version: '2.1', act: by('suspend') },
  rescue: { version: '2.1', act: by('rescue') },
  confirmResize: { version: '2.1', act: by('confirmMigration') },
  lock: { version: '2.73', act: lock },
  unlock: { version: '2.1', act: unlock },
};

export async function actOnServer(asked: NovaRequest): Promise<WireAnswer> {
  const entries = Object.entries(readObject(asked.request));
  const [name, content] = entries[0] ?? [''];
  const action = entries.length === 1 ? ACTIONS[name] : undefined;
  if (action === undefined) throw new Refusal(400, `There is no such action: ${name}`);
  requireDialect(asked.request, asked.version, action.version);
  if (!asked.isAdmin) await admitOwner(asked, name, action);
  return action.act(asked, content);
}

async function admitOwner(
  { nova, id, call }: NovaRequest,
  name: string,
  { isForAdmins = false }: ServedAction,
): Promise<void> {
  const server = await nova.readServer(id as InstanceUuid, call);
  if (server === undefined) throw instanceNotFound(id);
  if (isForAdmins) throw new Refusal(403, `Policy doesn't allow ${name} to be performed.`);
  const isLock = name === 'lock' || name === 'unlock';
  if (server.locked && !isLock) throw new Refusal(409, `Instance ${id} is locked`);
}

export async function listActions({ actions, nova, id, call }: NovaRequest): Promise<WireAnswer> {
  const uuid = id as InstanceUuid;
  const records = await actions.listActions(uuid, call);
  const isGone = records.length === 0 && (await nova.readServer(uuid, call)) === undefined;
  if (isGone) throw instanceNotFound(id);
  const instanceActions = records.map(({ action, requestId, userId }) => ({
    action,
    instance_uuid: id,
    request_id: requestId,
    user_id: userId,
  }));
  return ok({ instanceActions });
}

/** An action without arguments of its own. */
function by(
  name: 'start' | 'pause' | 'suspend' | 'rescue' | 'migrate' | 'confirmMigration',
): Action {
  return async ({ actions, id, call }) =>
    answerOf(await actions[name](id as InstanceUuid, call), id);
}

async function reboot({ actions, id, call }: NovaRequest, content: unknown): Promise<WireAnswer> {
  if (!isObject(content) || content['type'] !== 'HARD') {
    throw new Refusal(400, 'Only a reboot of type HARD is simulated.');
  }
  return answerOf(await actions.hardReboot(id as InstanceUuid, call), id);
}

async function migrateLive(
  { actions, id, call }: NovaRequest,
  content: unknown,
): Promise<WireAnswer> {
  const host = isObject(content) ? content['host'] : undefined;
  if (host !== null && typeof host !== 'string') {
    throw new Refusal(400, 'Invalid input for field/attribute host.');
  }
  const target = host === null ? undefined : (host as HostName);
  return answerOf(await actions.liveMigrate(id as InstanceUuid, target, call), id);
}

async function lock(asked: NovaRequest, content: unknown): Promise<WireAnswer> {
  const { actions, act, id, call, isAdmin } = asked;
  const reason = isObject(content) ? content['locked_reason'] : undefined;
  if (typeof reason !== 'string' || reason === '' || reason.length > MAX_REASON_CHARACTERS) {
    throw new Refusal(400, 'Invalid input for field/attribute locked_reason.');
  }
  if (isAdmin) return answerOf(await actions.lock(id as InstanceUuid, reason, call), id);
  act(id as InstanceUuid, 'lock');
  return { kind: 'answer', status: 202 };
}

async function unlock({ actions, act, nova, id, call, isAdmin }: NovaRequest): Promise<WireAnswer> {
  const uuid = id as InstanceUuid;
  if (isAdmin) return answerOf(await actions.unlock(uuid, call), id);
  act(uuid, 'unlock');
  const isLocked = (await nova.readServer(uuid, call))?.locked === true;
  if (isLocked) throw new Refusal(403, "Policy doesn't allow unlock_override to be performed.");
  return { kind: 'answer', status: 202 };
}

async function evacuate(asked: NovaRequest, content: unknown): Promise<WireAnswer> {
  const { nova, id, call } = asked;
  const host = isObject(content) ? content['host'] : null;
  if (!isObject(content) || (host !== undefined && typeof host !== 'string')) {
    throw new Refusal(400, 'Invalid input for field/attribute evacuate.');
  }
  const [unknown] = Object.keys(content).filter((key) => key !== 'host');
  if (unknown !== undefined) {
    const why = `Additional properties are not allowed ('${unknown}' was unexpected)`;
    throw new Refusal(400, `Invalid input for field/attribute evacuate. ${why}`);
  }
  const target = host === undefined ? undefined : (host as HostName);
  if (target !== undefined) await requireHost(asked, target);
  const outcome = await nova.evacuate(id as InstanceUuid, target, call);
  // From 2.14 on there is no password to tell, and so no body.
  if (outcome.kind === 'accepted') return { kind: 'answer', status: 200 };
  throw evacuateRefusal(outcome, id);
}

/** Nova's API looks for the destination before it looks at the source. */
async function requireHost({ nova, call }: NovaRequest, host: HostName): Promise<void> {
  const views = await nova.listComputeServices({ host }, call);
  if (views.length === 0) throw new Refusal(404, `Compute host ${host} not found.`);
}

function evacuateRefusal(
  outcome: Exclude<EvacuateOutcome, { readonly kind: 'accepted' }>,
  uuid: string,
): Refusal {
  switch (outcome.kind) {
    case 'missing':
      return instanceNotFound(uuid);
    case 'conflict':
      return new Refusal(409, outcome.message);
    case 'service-in-use':
      return new Refusal(400, outcome.message);
    case 'rejected': {
      const isDestination = /^compute host .* not found/i.test(outcome.message);
      return new Refusal(isDestination ? 404 : 400, outcome.message);
    }
  }
}

async function resetState({ nova, id, call }: NovaRequest, content: unknown): Promise<WireAnswer> {
  const state = isObject(content) ? content['state'] : undefined;
  if (state !== 'active' && state !== 'error') {
    const allowed = "is not one of ['active', 'error']";
    throw new Refusal(400, `Invalid input for field/attribute state. ${String(state)} ${allowed}`);
  }
  return answerOf(await nova.resetState(id as InstanceUuid, state, call), id);
}

async function stop({ nova, id, call }: NovaRequest): Promise<WireAnswer> {
  return answerOf(await nova.stop(id as InstanceUuid, call), id);
}

function answerOf(outcome: ActionOutcome | RejectableOutcome, uuid: string): WireAnswer {
  if (outcome.kind === 'missing') throw instanceNotFound(uuid);
  if (outcome.kind === 'rejected') throw new Refusal(400, outcome.message);
  if (outcome.kind === 'conflict') throw new Refusal(409, outcome.message);
  return { kind: 'answer', status: 202 };
}
