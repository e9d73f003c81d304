/** Actions on an instance: evacuate, reset of its state, stop. */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { ActionOutcome, EvacuateOutcome } from '@medevac/openstack';
import { requireDialect } from './microversions.ts';
import { instanceNotFound } from './nova-reads.ts';
import type { NovaRequest } from './nova-request.ts';
import { isObject, Refusal, readObject, type WireAnswer } from './wire.ts';

type Action = (asked: NovaRequest, content: unknown) => Promise<WireAnswer>;

/** By the one key of the body, each with the version in which it is simulated. */
const ACTIONS: Readonly<Record<string, { readonly version: string; readonly act: Action }>> = {
  evacuate: { version: '2.68', act: evacuate },
  'os-resetState': { version: '2.1', act: resetState },
  'os-stop': { version: '2.1', act: stop },
};

export async function actOnServer(asked: NovaRequest): Promise<WireAnswer> {
  const entries = Object.entries(readObject(asked.request));
  const [name, content] = entries[0] ?? [''];
  const action = entries.length === 1 ? ACTIONS[name] : undefined;
  if (action === undefined) throw new Refusal(400, `There is no such action: ${name}`);
  requireDialect(asked.request, asked.version, action.version);
  return action.act(asked, content);
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

function answerOf(outcome: ActionOutcome, uuid: string): WireAnswer {
  if (outcome.kind === 'missing') throw instanceNotFound(uuid);
  if (outcome.kind === 'conflict') throw new Refusal(409, outcome.message);
  return { kind: 'answer', status: 202 };
}
