/** Actions on one instance of a living host: from which states, to which, and what is recorded. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { EvacuateOutcome, RejectableOutcome } from '../../src/index.ts';
import { CALL, NOBODY } from './cloud-for-test.ts';
import type { ContractStory } from './contract-story.ts';

const ACCEPTED = { kind: 'accepted' } as const;

/** Refused for the state of the instance, which Nova names. */
export function assertConflict(outcome: EvacuateOutcome | RejectableOutcome, state: RegExp): void {
  assert.ok(outcome.kind === 'conflict', JSON.stringify(outcome));
  assert.match(outcome.message, state);
}

export function actionFacts(story: ContractStory): void {
  it('answers missing to every action on an instance that does not exist', async () => {
    const { actions } = story.bed.cloud;
    const missing = { kind: 'missing' };
    assert.deepEqual(await actions.start(NOBODY, CALL), missing);
    assert.deepEqual(await actions.hardReboot(NOBODY, CALL), missing);
    assert.deepEqual(await actions.pause(NOBODY, CALL), missing);
    assert.deepEqual(await actions.suspend(NOBODY, CALL), missing);
    assert.deepEqual(await actions.rescue(NOBODY, CALL), missing);
    assert.deepEqual(await actions.lock(NOBODY, 'contract', CALL), missing);
    assert.deepEqual(await actions.unlock(NOBODY, CALL), missing);
    assert.deepEqual(await actions.migrate(NOBODY, CALL), missing);
    assert.deepEqual(await actions.confirmMigration(NOBODY, CALL), missing);
    assert.deepEqual(await actions.liveMigrate(NOBODY, undefined, CALL), missing);
    assert.deepEqual(await actions.listActions(NOBODY, CALL), []);
  });

  it('stops what runs and starts what is stopped, and refuses the reverse', async () => {
    const { nova, actions } = story.bed.cloud;
    const { first } = story;
    assertConflict(await actions.start(first, CALL), /vm_state active/);
    assert.deepEqual(await nova.stop(first, CALL), ACCEPTED);
    await story.settled(first, 'stopped');
    assertConflict(await nova.stop(first, CALL), /vm_state stopped/);
    assertConflict(await actions.pause(first, CALL), /vm_state stopped/);
    assert.deepEqual(await actions.start(first, CALL), ACCEPTED);
    await story.settled(first, 'active');
  });

  it('leaves pause, suspension and error by a hard reboot, and no other way in between', async () => {
    const { nova, actions } = story.bed.cloud;
    const { first } = story;
    assert.deepEqual(await actions.pause(first, CALL), ACCEPTED);
    await story.settled(first, 'paused');
    assertConflict(await actions.suspend(first, CALL), /vm_state paused/);
    assertConflict(await nova.stop(first, CALL), /vm_state paused/);
    assertConflict(await actions.rescue(first, CALL), /vm_state paused/);
    assert.deepEqual(await actions.hardReboot(first, CALL), ACCEPTED);
    await story.settled(first, 'active');
    assert.deepEqual(await actions.suspend(first, CALL), ACCEPTED);
    await story.settled(first, 'suspended');
    assert.deepEqual(await actions.hardReboot(first, CALL), ACCEPTED);
    await story.settled(first, 'active');
    assert.deepEqual(await nova.resetState(first, 'error', CALL), ACCEPTED);
    assertConflict(await actions.start(first, CALL), /vm_state error/);
    assert.deepEqual(await actions.hardReboot(first, CALL), ACCEPTED);
    await story.settled(first, 'active');
  });

  it('keeps a rescued instance from every action but a reset of its state', async () => {
    const { nova, actions } = story.bed.cloud;
    const { first } = story;
    assert.deepEqual(await actions.rescue(first, CALL), ACCEPTED);
    await story.settled(first, 'rescued');
    assertConflict(await actions.rescue(first, CALL), /vm_state rescued/);
    assertConflict(await actions.hardReboot(first, CALL), /vm_state rescued/);
    assertConflict(await actions.suspend(first, CALL), /vm_state rescued/);
    assertConflict(await nova.stop(first, CALL), /vm_state rescued/);
    assert.deepEqual(await nova.resetState(first, 'active', CALL), ACCEPTED);
    assert.deepEqual(await actions.hardReboot(first, CALL), ACCEPTED);
    await story.settled(first, 'active');
  });

  it('records what was asked, newest first, with the user who asked', async () => {
    const { actions } = story.bed.cloud;
    const records = await actions.listActions(story.first, CALL);
    const names = records.map((one) => one.action);
    assert.deepEqual(names.slice(0, 3), ['reboot', 'resetState', 'rescue']);
    assert.equal(new Set(records.map((one) => one.requestId)).size, records.length);
    assert.ok(records.slice(0, 3).every((one) => one.userId !== null && one.userId !== ''));
  });
}
