/** The host comes back: what Nova refuses until its nova-compute has cleaned up, and what then. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CALL, REASON } from './cloud-for-test.ts';
import type { ContractStory } from './contract-story.ts';

export function returnFacts(story: ContractStory): void {
  it('refuses to clear forced_down while evacuations from the host are done', async () => {
    const { uuid } = await story.service();
    const outcome = await story.bed.cloud.nova.changeService(uuid, { forcedDown: false }, CALL);
    assert.ok(outcome.kind === 'refused');
    assert.match(outcome.message, /done/);
  });

  it('completes the evacuations when the host starts again, still forced down', async () => {
    const { revive, until } = story.bed;
    const before = await story.service();
    await revive(story.host);
    await until(async () => {
      const migrations = await story.evacuations();
      return migrations.every((migration) => migration.status === 'completed');
    }, 'all evacuations completed');
    await until(async () => (await story.service()).updatedAt !== before.updatedAt, 'a report');
    assert.equal((await story.service()).forcedDown, true);
    assert.equal((await story.service()).state, 'down');
  });

  it('clears forced_down then, and enables with a second call', async () => {
    const { until } = story.bed;
    const cleared = await story.change(story.host, { forcedDown: false });
    assert.ok(cleared.kind === 'changed');
    assert.equal(cleared.service.forcedDown, false);
    await until(async () => (await story.service()).state === 'up', 'the host up');
    assert.equal((await story.service()).disabledReason, REASON);
    const enabled = await story.change(story.host, { status: 'enabled' });
    assert.ok(enabled.kind === 'changed');
    assert.equal(enabled.service.disabledReason, null);
  });
}
