/**
 * What a real cloud is asked for by the contract and by no port: making and removing instances of
 * an owner, server groups and aggregates. They are plain requests.
 */
import assert from 'node:assert/strict';
import { type InstanceUuid, type Json } from '@medevac/kernel';
import type { Cloud } from '../../src/index.ts';
import { CALL, type GroupForTest, pollUntil } from './cloud-for-test.ts';

/** Server groups take their rules from 2.64 on, servers boot without a network from 2.37 on. */
const VERSION = '2.90';

export class RealRequests {
  readonly #cloud: Cloud;
  readonly #owner: Cloud;

  constructor(cloud: Cloud, owner: Cloud) {
    this.#cloud = cloud;
    this.#owner = owner;
  }

  bootAsOwner(): Promise<InstanceUuid> {
    return this.#boot({});
  }

  async bootInGroup(name: string): Promise<GroupForTest> {
    const rules = { max_server_per_host: 2 };
    const group = { name, policy: 'anti-affinity', rules };
    const answer = await ask(this.#owner, 'POST', '/os-server-groups', { server_group: group });
    const uuid = textAt(answer, 'server_group', 'id');
    return { uuid, member: await this.#boot({ 'os:scheduler_hints': { group: uuid } }) };
  }

  async removeGroup(uuid: string): Promise<void> {
    await ask(this.#owner, 'DELETE', `/os-server-groups/${uuid}`);
  }

  async makeAggregate(name: string, availabilityZone: string): Promise<number> {
    const aggregate = { name, availability_zone: availabilityZone };
    const answer = await ask(this.#cloud, 'POST', '/os-aggregates', { aggregate });
    return Number(valueAt(answer, 'aggregate', 'id'));
  }

  async removeAggregate(id: number): Promise<void> {
    await ask(this.#cloud, 'DELETE', `/os-aggregates/${id}`);
  }

  /** Waits until it is gone. */
  async remove(uuid: InstanceUuid): Promise<void> {
    await ask(this.#cloud, 'DELETE', `/servers/${uuid}`);
    await pollUntil(
      async () => (await this.#cloud.nova.readServer(uuid, CALL)) === undefined,
      `${uuid} deleted`,
    );
  }

  async #boot(more: Readonly<Record<string, Json>>): Promise<InstanceUuid> {
    const server = {
      name: 'contract',
      imageRef: await this.#idOf('image', '/v2/images', 'images', 'tiny'),
      // An owner may boot from an image only with a flavor that has a disk.
      flavorRef: await this.#idOf('compute', '/flavors', 'flavors', 'small'),
      networks: 'none',
    };
    const answer = await ask(this.#owner, 'POST', '/servers', { server, ...more });
    const uuid = textAt(answer, 'server', 'id') as InstanceUuid;
    await pollUntil(
      async () => (await this.#cloud.nova.readServer(uuid, CALL))?.vmState === 'active',
      `${uuid} active`,
    );
    return uuid;
  }

  async #idOf(service: string, path: string, list: string, name: string): Promise<string> {
    const base = await this.#owner.session.endpoint(service, CALL);
    const request = { service, method: 'GET', url: `${base}${path}`, headers: {} } as const;
    const answer = await this.#owner.session.request(
      { ...request, repeatable: true, answers: [200] },
      CALL,
    );
    const all = valueAt(answer.body, list);
    assert.ok(Array.isArray(all), `the cloud lists ${list}`);
    const found: unknown = all.find((one) => valueAt(one, 'name') === name);
    assert.ok(found, `the cloud has ${name} among its ${list}`);
    return textAt(found, 'id');
  }
}

function valueAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined,
    value,
  );
}

function textAt(value: unknown, ...path: readonly string[]): string {
  const text = valueAt(value, ...path);
  assert.ok(typeof text === 'string', `${path.join('.')} is a text`);
  return text;
}

/** One request to Nova; what is gone already counts as removed. */
async function ask(
  cloud: Cloud,
  method: 'POST' | 'DELETE',
  path: string,
  body?: Json,
): Promise<unknown> {
  const answer = await cloud.session.request(
    {
      service: 'compute',
      method,
      url: `${await cloud.session.endpoint('compute', CALL)}${path}`,
      headers: { 'openstack-api-version': `compute ${VERSION}` },
      ...(body === undefined ? {} : { body }),
      repeatable: method === 'DELETE',
      answers: method === 'DELETE' ? [200, 202, 204, 404] : [200, 201, 202],
    },
    CALL,
  );
  return answer.body;
}
