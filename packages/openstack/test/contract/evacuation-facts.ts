/** One PUT forces a dead host down; its instances are evacuated, and their records say how far. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CALL, REASON } from './cloud-for-test.ts';
import type { ContractStory } from './contract-story.ts';

export function forceDownFacts(story: ContractStory): void {
  it('forces down and disables with one call and shows the stamp of that write', async () => {
    const { cloud, crash } = story.bed;
    await crash(story.host);
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

export function evacuationFacts(story: ContractStory): void {
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
    const { cloud, until } = story.bed;
    const { host } = story;
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
    const { cloud, pagedCloud } = story.bed;
    const { host } = story;
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
