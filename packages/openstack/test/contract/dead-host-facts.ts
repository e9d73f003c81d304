/** What is asked of Nova for instances of a host that has just died, and stays undone. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertConflict } from './action-facts.ts';
import { CALL } from './cloud-for-test.ts';
import type { ContractStory } from './contract-story.ts';

const ACCEPTED = { kind: 'accepted' } as const;

export function deadHostFacts(story: ContractStory): void {
  it('keeps the task of an action on a dead host, and answers 409 to the next one', async () => {
    const { cloud, crash } = story.bed;
    const { actions, nova } = cloud;
    const uuid = await story.bootOne(story.host);
    await crash(story.host);
    assert.deepEqual(await nova.stop(uuid, CALL), ACCEPTED);
    assert.equal((await story.server(uuid)).taskState, 'powering-off');
    assertConflict(await actions.pause(uuid, CALL), /task_state powering-off/);
    assertConflict(await actions.hardReboot(uuid, CALL), /task_state powering-off/);
    assertConflict(await actions.migrate(uuid, CALL), /task_state powering-off/);
    assert.deepEqual(await nova.resetState(uuid, 'active', CALL), ACCEPTED);
    assert.equal((await story.server(uuid)).taskState, null);
    await story.bringBack(story.host);
  });

  it('evacuates in spite of a task that is under way: it looks at the state alone', async () => {
    const { cloud, crash } = story.bed;
    const { nova } = cloud;
    const uuid = await story.bootOne(story.host);
    await crash(story.host);
    assert.deepEqual(await nova.stop(uuid, CALL), ACCEPTED);
    await story.forceDown(story.host);
    assert.deepEqual(await nova.evacuate(uuid, story.hostNumber(1), CALL), ACCEPTED);
    const server = await story.settled(uuid, 'active');
    assert.equal(server.host, story.hostNumber(1));
    await story.bringBack(story.host);
  });

  it('does not evacuate what is paused', async () => {
    const { cloud, crash } = story.bed;
    const { actions, nova } = cloud;
    const uuid = await story.bootOne(story.host);
    assert.deepEqual(await actions.pause(uuid, CALL), ACCEPTED);
    await story.settled(uuid, 'paused');
    await crash(story.host);
    await story.forceDown(story.host);
    assertConflict(await nova.evacuate(uuid, undefined, CALL), /vm_state paused/);
    await story.bringBack(story.host);
  });
}
