/** Live and cold migrations between living hosts, and what is said when none can take it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertConflict } from './action-facts.ts';
import { CALL, NOWHERE } from './cloud-for-test.ts';
import type { ContractStory } from './contract-story.ts';

const ACCEPTED = { kind: 'accepted' } as const;

export function moveFacts(story: ContractStory): void {
  it('migrates live to the host that is named, and says so in the record', async () => {
    const { actions } = story.bed.cloud;
    const uuid = await story.bootOne(story.host);
    const target = story.hostNumber(1);
    const unknown = await actions.liveMigrate(uuid, NOWHERE, CALL);
    assert.equal(unknown.kind, 'rejected');
    assert.deepEqual(await actions.liveMigrate(uuid, target, CALL), ACCEPTED);
    await story.bed.until(async () => (await story.server(uuid)).host === target, 'arrival');
    await story.settled(uuid, 'active');
    const [migration] = await story.migrationsOf(uuid);
    assert.deepEqual(
      [migration?.type, migration?.status, migration?.sourceHost, migration?.destHost],
      ['live-migration', 'completed', story.host, target],
    );
    await story.untilPlaced(uuid, [target]);
  });

  it('accepts a migration for which there is no host, and ends it as an error', async () => {
    const { actions } = story.bed.cloud;
    const uuid = await story.bootOne(story.host);
    assert.deepEqual(await actions.liveMigrate(uuid, story.host, CALL), ACCEPTED);
    const others = story.bed.hosts.filter((host) => host !== story.host);
    try {
      for (const host of others) await story.setStatus(host, 'disabled');
      assert.deepEqual(await actions.migrate(uuid, CALL), ACCEPTED);
      await story.bed.until(async () => {
        const statuses = (await story.migrationsOf(uuid)).map(({ status }) => status);
        return statuses.length === 2 && statuses.every((status) => status === 'error');
      }, 'both migrations in error');
    } finally {
      for (const host of others) await story.setStatus(host, 'enabled');
    }
    const server = await story.settled(uuid, 'active');
    assert.equal(server.host, story.host);
  });

  it('moves a running instance cold, waits for the word, and keeps its state', async () => {
    const { actions } = story.bed.cloud;
    const uuid = await story.bootOne(story.host);
    assertConflict(await actions.confirmMigration(uuid, CALL), /vm_state active/);
    assert.deepEqual(await actions.migrate(uuid, CALL), ACCEPTED);
    const moved = await story.settled(uuid, 'resized');
    assert.notEqual(moved.host, story.host);
    assert.deepEqual(await story.migrationsOf(uuid).then(([one]) => one?.status), 'finished');
    assertConflict(await actions.migrate(uuid, CALL), /vm_state resized/);
    assertConflict(await actions.liveMigrate(uuid, undefined, CALL), /vm_state resized/);
    assert.deepEqual(await actions.confirmMigration(uuid, CALL), ACCEPTED);
    await story.settled(uuid, 'active');
    const [migration] = await story.migrationsOf(uuid);
    assert.deepEqual([migration?.type, migration?.status], ['migration', 'confirmed']);
  });

  it('moves a stopped instance cold, which stays stopped, and never live', async () => {
    const { nova, actions } = story.bed.cloud;
    const uuid = await story.bootOne(story.host);
    assert.deepEqual(await nova.stop(uuid, CALL), ACCEPTED);
    await story.settled(uuid, 'stopped');
    assertConflict(await actions.liveMigrate(uuid, undefined, CALL), /vm_state stopped/);
    assert.deepEqual(await actions.migrate(uuid, CALL), ACCEPTED);
    await story.settled(uuid, 'resized');
    assert.deepEqual(await actions.confirmMigration(uuid, CALL), ACCEPTED);
    await story.settled(uuid, 'stopped');
  });
}
