/** What the lists of Nova say, over several pages as over one, and what it refuses at once. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CALL, NOBODY, NOWHERE } from './cloud-for-test.ts';
import type { ContractStory } from './contract-story.ts';

export function readingFacts(story: ContractStory): void {
  it('lists the instances of a host over several pages as over one', async () => {
    const { cloud, pagedCloud } = story.bed;
    const { host } = story;
    const whole = await cloud.nova.listServers({ host }, CALL);
    const paged = await pagedCloud.nova.listServers({ host }, CALL);
    for (const uuid of story.instances) {
      assert.ok(whole.servers.some((server) => server.uuid === uuid && server.host === host));
    }
    const uuids = (list: typeof whole) => list.servers.map((server) => server.uuid).toSorted();
    assert.deepEqual(uuids(paged), uuids(whole));
  });

  it('lists only instances changed since a stamp of its own', async () => {
    const { cloud } = story.bed;
    const { host } = story;
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
    const { nova } = story.bed.cloud;
    assert.equal(await nova.readServer(NOBODY, CALL), undefined);
    assert.deepEqual(await nova.evacuate(NOBODY, undefined, CALL), { kind: 'missing' });
    assert.deepEqual(await nova.stop(NOBODY, CALL), { kind: 'missing' });
  });

  it('names the host of an instance as its one resource provider', async () => {
    const names = await story.bed.cloud.placement.allocatedProviders(story.first, CALL);
    assert.deepEqual(names, [story.host]);
  });

  it('refuses to evacuate from a host that it counts as up', async () => {
    const outcome = await story.bed.cloud.nova.evacuate(story.first, undefined, CALL);
    assert.equal(outcome.kind, 'service-in-use');
  });

  it('refuses a destination that it does not know', async () => {
    const outcome = await story.bed.cloud.nova.evacuate(story.first, NOWHERE, CALL);
    assert.equal(outcome.kind, 'rejected');
  });
}
