/** Nova's compute services on the wire: their list, and the PUT that forces down and disables. */
import type { HostName, ServiceUuid } from '@medevac/kernel';
import type { ServiceChange } from '@medevac/openstack';
import { serviceRecord } from './nova-records.ts';
import type { NovaRequest } from './nova-request.ts';
import { ok, Refusal, readObject, type WireAnswer } from './wire.ts';

const MAX_REASON_CHARACTERS = 255;

export async function listServices({ request, nova, call }: NovaRequest): Promise<WireAnswer> {
  const host = request.query.get('host');
  const binary = request.query.get('binary');
  if (binary !== null && binary !== 'nova-compute') return ok({ services: [] });
  const query = host === null ? {} : { host: host as HostName };
  const views = await nova.listComputeServices(query, call);
  return ok({ services: views.map(serviceRecord) });
}

export async function changeService({ request, nova, id, call }: NovaRequest): Promise<WireAnswer> {
  const change = readChange(readObject(request));
  const outcome = await nova.changeService(id as ServiceUuid, change, call);
  switch (outcome.kind) {
    case 'changed':
      return ok({ service: serviceRecord(outcome.service) });
    case 'missing':
      throw new Refusal(404, `Service ${id} could not be found.`);
    case 'refused':
      throw new Refusal(400, outcome.message);
  }
}

/** The body by Nova's schema, with Nova's words for the two combinations that it refuses. */
function readChange(body: Readonly<Record<string, unknown>>): ServiceChange {
  const { forced_down: forcedDown, status, disabled_reason: reason, ...others } = body;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw invalid(`Additional properties are not allowed ('${unknown}' was unexpected)`);
  }
  if (forcedDown !== undefined && typeof forcedDown !== 'boolean') {
    throw invalid(`forced_down. Value: ${JSON.stringify(forcedDown)} is no boolean`);
  }
  if (status !== undefined && status !== 'enabled' && status !== 'disabled') {
    throw invalid(`status. Value: ${JSON.stringify(status)} is not one of ['enabled', 'disabled']`);
  }
  if (status === undefined && forcedDown === undefined) {
    const advice = "Fields 'status' or 'forced_down' should be specified.";
    throw new Refusal(400, `No updates were requested. ${advice}`);
  }
  if (reason !== undefined && status !== 'disabled') {
    const rule = 'Specifying disabled_reason requires that status is "disabled".';
    throw new Refusal(400, rule);
  }
  if (reason !== undefined && !isReason(reason)) throw invalid('disabled_reason.');
  return {
    ...(forcedDown === undefined ? {} : { forcedDown }),
    ...(status === undefined ? {} : { status }),
    ...(reason === undefined ? {} : { disabledReason: reason }),
  };
}

const isReason = (reason: unknown): reason is string =>
  typeof reason === 'string' && reason !== '' && reason.length <= MAX_REASON_CHARACTERS;

const invalid = (what: string): Refusal =>
  new Refusal(400, `Invalid input for field/attribute ${what}`);
