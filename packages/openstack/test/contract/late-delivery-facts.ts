/**
 * A destination that dies before it has read its message carries it out when it returns, whatever
 * has been decided in between. Nothing runs twice here: all hosts but one are really dead.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { InstanceUuid } from '@medevac/kernel';
import { CALL } from './cloud-for-test.ts';
import type { ContractStory } from './contract-story.ts';

const ACCEPTED = { kind: 'accepted' } as const;

export function lateDeliveryFacts(story: ContractStory): void {
  it('waits for ever for a dead destination that Placement alone names', async () => {
    const uuid = await instanceOfDeadHost(story);
    const destination = story.hostNumber(1);
    const others = story.bed.hosts.slice(2);
    try {
      for (const host of others) await story.setStatus(host, 'disabled');
      await story.bed.crash(destination);
      assert.deepEqual(await story.bed.cloud.nova.evacuate(uuid, undefined, CALL), ACCEPTED);
      await story.untilPlaced(uuid, [story.host, destination]);
      await story.bed.until(
        async () => (await story.service(destination)).state === 'down',
        'the destination seen as down',
      );
      const [migration] = await story.migrationsOf(uuid);
      assert.deepEqual([migration?.status, migration?.destHost], ['accepted', null]);
      assert.equal((await story.server(uuid)).taskState, 'rebuilding');
    } finally {
      for (const host of others) await story.setStatus(host, 'enabled');
    }
  });

  it('arrives at that destination once its nova-compute returns', async () => {
    const destination = story.hostNumber(1);
    const uuid = newestOf(story);
    await story.bed.revive(destination);
    await story.bed.until(async () => (await story.server(uuid)).host === destination, 'arrival');
    await story.settled(uuid, 'active');
    const [migration] = await story.migrationsOf(uuid);
    assert.deepEqual([migration?.status, migration?.destHost], ['done', destination]);
    await bringAllBack(story);
  });

  it('names a destination that was asked for in the record at once', async () => {
    const uuid = await instanceOfDeadHost(story);
    const [, first] = story.bed.hosts;
    assert.ok(first);
    await story.bed.crash(first);
    assert.deepEqual(await story.bed.cloud.nova.evacuate(uuid, first, CALL), ACCEPTED);
    await story.untilPlaced(uuid, [story.host, first]);
    const [migration] = await story.migrationsOf(uuid);
    assert.deepEqual([migration?.status, migration?.destHost], ['accepted', first]);
  });

  it('lets the first message pass by the task that a second evacuation has set', async () => {
    const uuid = newestOf(story);
    const [, first, second] = story.bed.hosts;
    assert.ok(first && second);
    const { nova } = story.bed.cloud;
    assert.deepEqual(await nova.resetState(uuid, 'active', CALL), ACCEPTED);
    assert.equal((await story.server(uuid)).taskState, null);
    await story.bed.crash(second);
    assert.deepEqual(await nova.evacuate(uuid, second, CALL), ACCEPTED);
    await story.untilPlaced(uuid, [story.host, first, second]);
    assert.equal((await story.server(uuid)).taskState, 'rebuilding');
    await story.bed.revive(first);
    await story.bed.until(async () => (await story.server(uuid)).host === first, 'arrival');
    await story.settled(uuid, 'active');
    const statuses = (await story.migrationsOf(uuid)).map(({ status }) => status);
    assert.deepEqual(statuses, ['accepted', 'done']);
  });

  it('puts what has arrived into error when the message of the other one is read', async () => {
    const uuid = newestOf(story);
    const [, first, second] = story.bed.hosts;
    assert.ok(first && second);
    await story.bed.revive(second);
    await story.bed.until(async () => (await story.server(uuid)).vmState === 'error', 'the error');
    const server = await story.server(uuid);
    assert.deepEqual([server.host, server.taskState], [first, 'rebuilding']);
    const [newer, older] = await story.migrationsOf(uuid);
    assert.deepEqual([newer?.status, newer?.destHost], ['accepted', second]);
    assert.deepEqual([older?.status, older?.destHost], ['failed', second]);
    await bringAllBack(story);
    const [cleaned] = await story.migrationsOf(uuid);
    assert.equal(cleaned?.status, 'completed');
  });
}

/** An instance whose host has died and is forced down. */
async function instanceOfDeadHost(story: ContractStory): Promise<InstanceUuid> {
  const uuid = await story.bootOne(story.host);
  await story.bed.crash(story.host);
  await story.forceDown(story.host);
  return uuid;
}

function newestOf(story: ContractStory): InstanceUuid {
  const newest = story.made.at(-1);
  assert.ok(newest, 'an instance was booted');
  return newest;
}

async function bringAllBack(story: ContractStory): Promise<void> {
  for (const host of story.bed.hosts) await story.bringBack(host);
}
