/**
 * What a recovery relies on in Nova, as facts that hold for every cloud: the real one and a
 * simulated one. The facts are told in order on one host, which is left as it was found.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type HostName, type InstanceUuid, systemClock } from '@medevac/kernel';
import type { Cloud, ComputeService, Migration } from '../../src/index.ts';

export interface CloudForTest {
  readonly cloud: Cloud;
  /** The same cloud read with one record a page. */
  readonly pagedCloud: Cloud;
  /** The host that may be crashed. It is up and enabled at the beginning. */
  readonly host: HostName;
  /** Makes this many running instances on the host. */
  readonly boot: (count: number) => Promise<readonly InstanceUuid[]>;
  readonly crash: () => Promise<void>;
  readonly revive: () => Promise<void>;
  readonly remove: (uuid: InstanceUuid) => Promise<void>;
  readonly close: () => Promise<void>;
  /** Lets time pass until `done`; real clouds poll, simulated ones advance. */
  readonly until: (done: () => Promise<boolean>, what: string) => Promise<void>;
}

const CALL = { deadlineMs: 60_000 };
const REASON = 'medevac contract';

/** Registers the facts. `open` is called once, before the first of them. */
export function computeContract(name: string, open: () => Promise<CloudForTest>): void {
  describe(`compute contract: ${name}`, { concurrency: 1 }, () => {
    const story = new Story();
    before(async () => story.begin(await open()));
    after(async () => story.end());
    readingFacts(story);
    forceDownFacts(story);
    evacuationFacts(story);
    returnFacts(story);
  });
}

class Story {
  #bed: CloudForTest | undefined;
  instances: readonly InstanceUuid[] = [];

  get bed(): CloudForTest {
    assert.ok(this.#bed, 'the cloud is open');
    return this.#bed;
  }

  get first(): InstanceUuid {
    const [first] = this.instances;
    assert.ok(first, 'instances were booted');
    return first;
  }

  async begin(bed: CloudForTest): Promise<void> {
    this.#bed = bed;
    this.instances = await bed.boot(2);
  }

  async end(): Promise<void> {
    for (const uuid of this.instances) await this.#bed?.remove(uuid);
    await this.#bed?.close();
  }

  async service(): Promise<ComputeService> {
    const [view] = await this.bed.cloud.nova.listComputeServices({ host: this.bed.host }, CALL);
    assert.equal(view?.kind, 'seen');
    assert.ok(view?.kind === 'seen');
    return view;
  }

  async evacuations(): Promise<readonly Migration[]> {
    const query = { sourceHost: this.bed.host, type: 'evacuation' };
    const all = await this.bed.cloud.nova.listMigrations(query, CALL);
    return all.filter((migration) => this.instances.includes(migration.instanceUuid));
  }
}

function readingFacts(story: Story): void {
  it('lists the instances of a host over several pages as over one', async () => {
    const { cloud, pagedCloud, host } = story.bed;
    const whole = await cloud.nova.listServers({ host }, CALL);
    const paged = await pagedCloud.nova.listServers({ host }, CALL);
    for (const uuid of story.instances) {
      assert.ok(whole.servers.some((server) => server.uuid === uuid && server.host === host));
    }
    const uuids = (list: typeof whole) => list.servers.map((server) => server.uuid).toSorted();
    assert.deepEqual(uuids(paged), uuids(whole));
  });

  it('lists only instances changed since a stamp of its own', async () => {
    const { cloud, host } = story.bed;
    const server = await cloud.nova.readServer(story.first, CALL);
    assert.ok(server);
    const since = await cloud.nova.listServers({ host, changedSince: server.updatedAt }, CALL);
    assert.ok(since.servers.some((one) => one.uuid === story.first));
    const later = await cloud.nova.listServers(
      { host, changedSince: '2099-01-01T00:00:00Z' },
      CALL,
    );
    assert.deepEqual(later.servers, []);
  });

  it('answers undefined for an instance that does not exist', async () => {
    const nobody = '11111111-1111-4111-8111-111111111111' as InstanceUuid;
    const { nova } = story.bed.cloud;
    assert.equal(await nova.readServer(nobody, CALL), undefined);
    assert.deepEqual(await nova.evacuate(nobody, undefined, CALL), { kind: 'missing' });
    assert.deepEqual(await nova.stop(nobody, CALL), { kind: 'missing' });
  });

  it('names the host of an instance as its one resource provider', async () => {
    const names = await story.bed.cloud.placement.allocatedProviders(story.first, CALL);
    assert.deepEqual(names, [story.bed.host]);
  });

  it('refuses to evacuate from a host that it counts as up', async () => {
    const outcome = await story.bed.cloud.nova.evacuate(story.first, undefined, CALL);
    assert.equal(outcome.kind, 'service-in-use');
  });

  it('refuses a destination that it does not know', async () => {
    const nowhere = 'no-such-host' as HostName;
    const outcome = await story.bed.cloud.nova.evacuate(story.first, nowhere, CALL);
    assert.equal(outcome.kind, 'rejected');
  });
}

function forceDownFacts(story: Story): void {
  it('forces down and disables with one call and shows the stamp of that write', async () => {
    const { cloud, crash } = story.bed;
    await crash();
    const { uuid } = await story.service();
    const change = { forcedDown: true, status: 'disabled', disabledReason: REASON } as const;
    const outcome = await cloud.nova.changeService(uuid, change, CALL);
    assert.ok(outcome.kind === 'changed');
    assert.equal(outcome.service.state, 'down');
    assert.equal(outcome.service.forcedDown, true);
    assert.equal(outcome.service.status, 'disabled');
    assert.equal(outcome.service.disabledReason, REASON);
    assert.deepEqual(await story.service(), outcome.service);
  });

  it('leaves the stamp alone when the same is written again', async () => {
    const earlier = await story.service();
    const change = { forcedDown: true, status: 'disabled', disabledReason: REASON } as const;
    const again = await story.bed.cloud.nova.changeService(earlier.uuid, change, CALL);
    assert.ok(again.kind === 'changed');
    assert.equal(again.service.updatedAt, earlier.updatedAt);
  });
}

function evacuationFacts(story: Story): void {
  it('accepts an evacuation after the force-down and records it as a migration', async () => {
    const { nova } = story.bed.cloud;
    for (const uuid of story.instances) {
      assert.deepEqual(await nova.evacuate(uuid, undefined, CALL), { kind: 'accepted' });
    }
    const migrations = await story.evacuations();
    assert.equal(migrations.length, story.instances.length);
  });

  it('refuses other actions while the instance is being rebuilt', async () => {
    const { nova } = story.bed.cloud;
    const server = await nova.readServer(story.first, CALL);
    if (server?.taskState === null) return; // it has arrived already
    assert.equal((await nova.stop(story.first, CALL)).kind, 'conflict');
  });

  it('runs the instances elsewhere with migrations done', async () => {
    const { cloud, host, until } = story.bed;
    await until(async () => {
      const migrations = await story.evacuations();
      return migrations.every((migration) => migration.status === 'done');
    }, 'all evacuations done');
    for (const uuid of story.instances) {
      const server = await cloud.nova.readServer(uuid, CALL);
      assert.equal(server?.vmState, 'active');
      assert.notEqual(server?.host, host);
      const providers = await cloud.placement.allocatedProviders(uuid, CALL);
      assert.deepEqual(new Set(providers), new Set([host, server?.host]));
      assert.equal(providers.length, 2);
    }
  });

  it('lists migrations newest first, over several pages as over one', async () => {
    const { cloud, pagedCloud, host } = story.bed;
    const query = { sourceHost: host, type: 'evacuation' };
    const whole = await cloud.nova.listMigrations(query, CALL);
    const ids = whole.map((migration) => migration.id);
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => b - a),
    );
    assert.deepEqual(await pagedCloud.nova.listMigrations(query, CALL), whole);
    const untyped = await pagedCloud.nova.listMigrations({ host }, CALL);
    assert.ok(untyped.some((migration) => migration.instanceUuid === story.first));
    const [newest] = ids;
    assert.ok(newest !== undefined);
    const newer = await pagedCloud.nova.listMigrations({ ...query, newerThanId: newest - 1 }, CALL);
    assert.deepEqual(
      newer.map((migration) => migration.id),
      [newest],
    );
  });
}

function returnFacts(story: Story): void {
  it('refuses to clear forced_down while evacuations from the host are done', async () => {
    const { uuid } = await story.service();
    const outcome = await story.bed.cloud.nova.changeService(uuid, { forcedDown: false }, CALL);
    assert.ok(outcome.kind === 'refused');
    assert.match(outcome.message, /done/);
  });

  it('completes the evacuations when the host starts again, still forced down', async () => {
    const { revive, until } = story.bed;
    const before = await story.service();
    await revive();
    await until(async () => {
      const migrations = await story.evacuations();
      return migrations.every((migration) => migration.status === 'completed');
    }, 'all evacuations completed');
    await until(async () => (await story.service()).updatedAt !== before.updatedAt, 'a report');
    assert.equal((await story.service()).forcedDown, true);
    assert.equal((await story.service()).state, 'down');
  });

  it('clears forced_down then, and enables with a second call', async () => {
    const { cloud, until } = story.bed;
    const { uuid } = await story.service();
    const cleared = await cloud.nova.changeService(uuid, { forcedDown: false }, CALL);
    assert.ok(cleared.kind === 'changed');
    assert.equal(cleared.service.forcedDown, false);
    await until(async () => (await story.service()).state === 'up', 'the host up');
    assert.equal((await story.service()).disabledReason, REASON);
    const enabled = await cloud.nova.changeService(uuid, { status: 'enabled' }, CALL);
    assert.ok(enabled.kind === 'changed');
    assert.equal(enabled.service.disabledReason, null);
  });

  it('accepts a second evacuation beside one under way: nobody may rely on a 409', async () => {
    const { cloud, boot, crash, revive, until } = story.bed;
    const [uuid] = await boot(1);
    assert.ok(uuid);
    story.instances = [...story.instances, uuid];
    await crash();
    const { uuid: service } = await story.service();
    const change = { forcedDown: true, status: 'disabled', disabledReason: REASON } as const;
    await cloud.nova.changeService(service, change, CALL);
    const outcomes = [
      await cloud.nova.evacuate(uuid, undefined, CALL),
      await cloud.nova.evacuate(uuid, undefined, CALL),
    ];
    assert.deepEqual(outcomes, [{ kind: 'accepted' }, { kind: 'accepted' }]);
    const migrations = (await story.evacuations()).filter((one) => one.instanceUuid === uuid);
    assert.equal(migrations.length, 2);
    await revive();
    const isClear = async (): Promise<boolean> => {
      const cleared = await cloud.nova.changeService(service, { forcedDown: false }, CALL);
      return cleared.kind === 'changed';
    };
    await until(isClear, 'forced_down cleared');
    await until(async () => (await story.service()).state === 'up', 'the host up');
    await cloud.nova.changeService(service, { status: 'enabled' }, CALL);
  });
}

/** Polls a real cloud once a second for two minutes. */
export async function pollUntil(done: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = systemClock.monotonicMs() + 120_000;
  while (!(await done())) {
    assert.ok(systemClock.monotonicMs() < endMs, `waited in vain for: ${what}`);
    await systemClock.sleep(1_000);
  }
}
