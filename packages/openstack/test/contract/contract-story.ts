/**
 * The state that the facts of the compute contract share: the cloud, the instances that were made
 * for them, and the ways of a host into and out of failure. What it makes, it removes.
 */
import assert from 'node:assert/strict';
import { type HostName, type InstanceUuid, OperationalError } from '@medevac/kernel';
import {
  type ComputeService,
  cloudErrors,
  type Migration,
  type Server,
  type ServiceChange,
  type ServiceChangeOutcome,
} from '../../src/index.ts';
import { CALL, type CloudForTest, REASON } from './cloud-for-test.ts';

export class ContractStory {
  #bed: CloudForTest | undefined;
  /** Whatever was booted so far, in order; removed at the end. */
  made: readonly InstanceUuid[] = [];
  /** The two on the first host with which the story begins. */
  instances: readonly InstanceUuid[] = [];

  get bed(): CloudForTest {
    assert.ok(this.#bed, 'the cloud is open');
    return this.#bed;
  }

  /** The host on which the story begins. */
  get host(): HostName {
    return this.hostNumber(0);
  }

  hostNumber(index: number): HostName {
    const host = this.bed.hosts[index];
    assert.ok(host, `the cloud has a host number ${index}`);
    return host;
  }

  get first(): InstanceUuid {
    const [first] = this.instances;
    assert.ok(first, 'instances were booted');
    return first;
  }

  async begin(bed: CloudForTest): Promise<void> {
    this.#bed = bed;
    this.instances = await this.boot(2, this.host);
  }

  async end(): Promise<void> {
    if (this.#bed === undefined) return;
    await this.#bed.setCell('up');
    for (const uuid of this.made) await this.#bed.remove(uuid);
    for (const host of this.#bed.hosts) await this.bringBack(host);
    await this.#bed.close();
  }

  async boot(count: number, host: HostName): Promise<readonly InstanceUuid[]> {
    const booted = await this.bed.boot(count, host);
    this.made = [...this.made, ...booted];
    return booted;
  }

  async bootOne(host: HostName): Promise<InstanceUuid> {
    const [uuid] = await this.boot(1, host);
    assert.ok(uuid, `an instance was booted on ${host}`);
    return uuid;
  }

  /** Removed at the end with those that were booted. */
  adopt(uuid: InstanceUuid): void {
    this.made = [...this.made, uuid];
  }

  async service(host = this.host): Promise<ComputeService> {
    const [view] = await this.bed.cloud.nova.listComputeServices({ host }, CALL);
    assert.equal(view?.kind, 'seen');
    assert.ok(view?.kind === 'seen');
    return view;
  }

  async server(uuid: InstanceUuid): Promise<Server> {
    const server = await this.bed.cloud.nova.readServer(uuid, CALL);
    assert.ok(server, `instance ${uuid} exists`);
    return server;
  }

  /** Waits until it has this state, and no task. */
  async settled(uuid: InstanceUuid, vmState: string): Promise<Server> {
    await this.bed.until(async () => {
      const server = await this.server(uuid);
      return server.vmState === vmState && server.taskState === null;
    }, `${uuid} ${vmState}`);
    return await this.server(uuid);
  }

  /** Newest first. */
  async migrationsOf(uuid: InstanceUuid): Promise<readonly Migration[]> {
    const all = await this.bed.cloud.nova.listMigrations({}, CALL);
    return all.filter((migration) => migration.instanceUuid === uuid);
  }

  /** Of the instances with which the story begins. */
  async evacuations(): Promise<readonly Migration[]> {
    const query = { sourceHost: this.host, type: 'evacuation' };
    const all = await this.bed.cloud.nova.listMigrations(query, CALL);
    return all.filter((migration) => this.instances.includes(migration.instanceUuid));
  }

  /** Waits until Placement holds room for the instance on exactly these hosts. */
  async untilPlaced(uuid: InstanceUuid, hosts: readonly string[]): Promise<void> {
    const expected = JSON.stringify(hosts.toSorted());
    await this.bed.until(
      async () => {
        const names = await this.bed.cloud.placement.allocatedProviders(uuid, CALL);
        return JSON.stringify(names.toSorted()) === expected;
      },
      `allocations of ${uuid} on ${hosts.join(', ')}`,
    );
  }

  /**
   * One PUT. A host that reports in that very moment may leave the stamp of the write unclear; the
   * change was made then, and the service is read as it is.
   */
  async change(host: HostName, change: ServiceChange): Promise<ServiceChangeOutcome> {
    const { uuid } = await this.service(host);
    try {
      return await this.bed.cloud.nova.changeService(uuid, change, CALL);
    } catch (error) {
      const isUnclear =
        error instanceof OperationalError && error.code === cloudErrors.stampUnclear.code;
      if (!isUnclear) throw error;
      return { kind: 'changed', service: await this.service(host) };
    }
  }

  async forceDown(host: HostName): Promise<void> {
    const change = { forcedDown: true, status: 'disabled', disabledReason: REASON } as const;
    assert.equal((await this.change(host, change)).kind, 'changed');
  }

  /** Into service again from wherever a fact has left it; nothing when it is there. */
  async bringBack(host: HostName): Promise<void> {
    const { revive, until } = this.bed;
    await revive(host);
    await until(async () => {
      const { forcedDown } = await this.service(host);
      if (!forcedDown) return true;
      return (await this.change(host, { forcedDown: false })).kind === 'changed';
    }, `forced_down of ${host} cleared`);
    const { updatedAt } = await this.service(host);
    await until(async () => {
      const now = await this.service(host);
      return now.state === 'up' && now.updatedAt !== updatedAt;
    }, `a report of ${host}`);
    await this.setStatus(host, 'enabled');
  }

  async setStatus(host: HostName, status: 'enabled' | 'disabled'): Promise<void> {
    if ((await this.service(host)).status === status) return;
    const reason = status === 'disabled' ? { disabledReason: REASON } : {};
    assert.equal((await this.change(host, { status, ...reason })).kind, 'changed');
  }
}
