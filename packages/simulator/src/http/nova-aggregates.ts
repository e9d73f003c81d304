/** Nova's host aggregates on the wire: their list, and the actions that add and remove a host. */
import type { HostName } from '@medevac/kernel';
import type { Aggregate, AggregateChange } from '@medevac/openstack';
import type { NovaRequest } from './nova-request.ts';
import { ok, Refusal, readObject, type WireAnswer } from './wire.ts';

export async function listAggregates({ aggregates, call }: NovaRequest): Promise<WireAnswer> {
  const all = await aggregates.listAggregates(call);
  return ok({ aggregates: all.map(aggregateRecord) });
}

/** The body names one action with its host, and nothing else. */
export async function actOnAggregate(asked: NovaRequest): Promise<WireAnswer> {
  const { aggregates, call, request } = asked;
  const [[action, value] = ['', undefined], ...others] = Object.entries(readObject(request));
  const host = hostIn(value);
  if (host === undefined || others.length > 0) {
    throw new Refusal(400, 'Invalid input for an action of an aggregate.');
  }
  const id = Number(asked.id);
  const isAdded = action === 'add_host';
  if (!isAdded && action !== 'remove_host') {
    throw new Refusal(400, `There is no such action: ${action}`);
  }
  const change = isAdded
    ? await aggregates.addHost(id, host, call)
    : await aggregates.removeHost(id, host, call);
  refuseUnchanged(change, { id, host, isAdded });
  const now = (await aggregates.listAggregates(call)).find((one) => one.id === id);
  if (now === undefined) throw new Refusal(404, `Aggregate ${id} could not be found.`);
  return ok({ aggregate: aggregateRecord(now) });
}

interface AskedChange {
  readonly id: number;
  readonly host: HostName;
  readonly isAdded: boolean;
}

/** With Nova's words, by which a client tells what stands already from what it is refused. */
function refuseUnchanged(change: AggregateChange, { id, host, isAdded }: AskedChange): void {
  if (change.kind === 'missing') {
    throw isAdded
      ? new Refusal(404, `Aggregate ${id} could not be found.`)
      : cannotRemove(id, host);
  }
  if (change.kind === 'refused') throw new Refusal(409, change.message);
  if (change.kind !== 'unchanged') return;
  throw isAdded
    ? new Refusal(409, `Aggregate ${id} already has host ${host}.`)
    : cannotRemove(id, host);
}

/** The same sentence whether the aggregate or the host in it is missing. */
const cannotRemove = (id: number, host: HostName): Refusal =>
  new Refusal(404, `Cannot remove host ${host} in aggregate ${id}`);

function hostIn(value: unknown): HostName | undefined {
  if (typeof value !== 'object' || value === null || !('host' in value)) return undefined;
  return typeof value.host === 'string' ? (value.host as HostName) : undefined;
}

const aggregateRecord = (aggregate: Aggregate) => ({
  id: aggregate.id,
  uuid: aggregate.uuid,
  name: aggregate.name,
  availability_zone: aggregate.availabilityZone,
  hosts: [...aggregate.hosts],
  metadata: { ...aggregate.metadata },
});
