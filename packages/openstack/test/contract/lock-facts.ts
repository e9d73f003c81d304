/** Locks as the owner of an instance sees them, and as an administrator does. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { OperationalError } from '@medevac/kernel';
import { cloudErrors } from '../../src/index.ts';
import { assertConflict } from './action-facts.ts';
import { CALL, REASON } from './cloud-for-test.ts';
import type { ContractStory } from './contract-story.ts';

const ACCEPTED = { kind: 'accepted' } as const;
const isForbidden = (error: unknown): boolean =>
  error instanceof OperationalError && error.code === cloudErrors.forbidden.code;

export function lockFacts(story: ContractStory): void {
  it('lets owners act on what is theirs, and not move it', async () => {
    const uuid = await story.bed.bootAsOwner();
    story.adopt(uuid);
    const { owner } = story.bed;
    assert.deepEqual(await owner.nova.stop(uuid, CALL), ACCEPTED);
    await story.settled(uuid, 'stopped');
    await assert.rejects(owner.actions.migrate(uuid, CALL), isForbidden);
    await assert.rejects(owner.actions.liveMigrate(uuid, undefined, CALL), isForbidden);
    await assert.rejects(owner.nova.evacuate(uuid, undefined, CALL), isForbidden);
  });

  it('keeps the owner off what is locked, and not the administrator', async () => {
    const { cloud, owner, bootAsOwner } = story.bed;
    const uuid = await bootAsOwner();
    story.adopt(uuid);
    assert.deepEqual(await cloud.actions.lock(uuid, REASON, CALL), ACCEPTED);
    const locked = await story.server(uuid);
    assert.deepEqual([locked.locked, locked.lockedReason], [true, REASON]);
    assertConflict(await owner.nova.stop(uuid, CALL), /is locked/);
    assertConflict(await owner.actions.hardReboot(uuid, CALL), /is locked/);
    assertConflict(await owner.actions.pause(uuid, CALL), /is locked/);
    assertConflict(await owner.actions.rescue(uuid, CALL), /is locked/);
    assert.deepEqual(await cloud.nova.stop(uuid, CALL), ACCEPTED);
    await story.settled(uuid, 'stopped');
    assertConflict(await owner.actions.start(uuid, CALL), /is locked/);
    assert.deepEqual(await cloud.actions.start(uuid, CALL), ACCEPTED);
    await story.settled(uuid, 'active');
    await assert.rejects(owner.actions.unlock(uuid, CALL), isForbidden);
    assert.deepEqual(await cloud.actions.unlock(uuid, CALL), ACCEPTED);
    assert.deepEqual(await cloud.actions.unlock(uuid, CALL), ACCEPTED);
    const unlocked = await story.server(uuid);
    assert.deepEqual([unlocked.locked, unlocked.lockedReason], [false, null]);
    assert.deepEqual(await owner.nova.stop(uuid, CALL), ACCEPTED);
  });

  it("replaces an owner's lock by an administrator's, and not the reverse", async () => {
    const { cloud, owner, bootAsOwner } = story.bed;
    const uuid = await bootAsOwner();
    story.adopt(uuid);
    const reason = async () => (await story.server(uuid)).lockedReason;
    assert.deepEqual(await owner.actions.lock(uuid, 'mine', CALL), ACCEPTED);
    assertConflict(await owner.nova.stop(uuid, CALL), /is locked/);
    assert.deepEqual(await cloud.actions.lock(uuid, REASON, CALL), ACCEPTED);
    assert.equal(await reason(), REASON);
    assert.deepEqual(await owner.actions.lock(uuid, 'mine again', CALL), ACCEPTED);
    assert.equal(await reason(), REASON);
    await assert.rejects(owner.actions.unlock(uuid, CALL), isForbidden);
    assert.deepEqual(await cloud.actions.lock(uuid, 'another reason', CALL), ACCEPTED);
    assert.equal(await reason(), 'another reason');
  });

  it('records a lock and its end among the actions', async () => {
    const { cloud, bootAsOwner } = story.bed;
    const uuid = await bootAsOwner();
    story.adopt(uuid);
    await cloud.actions.lock(uuid, REASON, CALL);
    await cloud.actions.unlock(uuid, CALL);
    const records = await cloud.actions.listActions(uuid, CALL);
    const names = records.map((one) => one.action);
    assert.deepEqual(names, ['unlock', 'lock', 'create']);
  });
}
