/** What is known beside the instances: aggregates, server groups, images, and room in Placement. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CALL, NOBODY, NOWHERE } from './cloud-for-test.ts';
import type { ContractStory } from './contract-story.ts';

const LEAST = { VCPU: 1 };
const DISABLED = 'COMPUTE_STATUS_DISABLED';

export function catalogueFacts(story: ContractStory): void {
  aggregateFacts(story);
  groupAndImageFacts(story);
  capacityFacts(story);
}

function aggregateFacts(story: ContractStory): void {
  it('takes a host into an aggregate once, and out of it once', async () => {
    const { cloud, makeAggregate, removeAggregate } = story.bed;
    const { aggregates } = cloud;
    const { host } = story;
    const id = await makeAggregate('contract-spare', 'contract-spare');
    const hosts = async () =>
      (await aggregates.listAggregates(CALL)).find((one) => one.id === id)?.hosts;
    try {
      assert.deepEqual(await aggregates.addHost(id, host, CALL), { kind: 'changed' });
      assert.deepEqual(await aggregates.addHost(id, host, CALL), { kind: 'unchanged' });
      assert.deepEqual(await hosts(), [host]);
      assert.equal((await aggregates.addHost(id, NOWHERE, CALL)).kind, 'refused');
      assert.deepEqual(await aggregates.removeHost(id, host, CALL), { kind: 'changed' });
      assert.deepEqual(await aggregates.removeHost(id, host, CALL), { kind: 'unchanged' });
      assert.deepEqual(await hosts(), []);
    } finally {
      await aggregates.removeHost(id, host, CALL);
      await removeAggregate(id);
    }
    assert.deepEqual(await aggregates.addHost(id, host, CALL), { kind: 'missing' });
    assert.deepEqual(await aggregates.removeHost(id, host, CALL), { kind: 'missing' });
  });

  it('refuses a host in a second availability zone', async () => {
    const { cloud, makeAggregate, removeAggregate } = story.bed;
    const { aggregates } = cloud;
    const spare = story.hostNumber(1);
    const east = await makeAggregate('contract-east', 'contract-east');
    const west = await makeAggregate('contract-west', 'contract-west');
    try {
      assert.deepEqual(await aggregates.addHost(east, spare, CALL), { kind: 'changed' });
      const outcome = await aggregates.addHost(west, spare, CALL);
      assert.ok(outcome.kind === 'refused');
      assert.match(outcome.message, /zone.*contract-east/);
    } finally {
      await aggregates.removeHost(east, spare, CALL);
      for (const id of [east, west]) await removeAggregate(id);
    }
  });
}

function groupAndImageFacts(story: ContractStory): void {
  it('lists server groups of other projects with rule and members, page by page', async () => {
    const { cloud, pagedCloud, bootInGroup, remove, removeGroup, until } = story.bed;
    const { uuid, member } = await bootInGroup('contract');
    const read = async (from = cloud) =>
      (await from.serverGroups.listServerGroups(CALL)).find((one) => one.uuid === uuid);
    try {
      const expected = { uuid, name: 'contract', policy: 'anti-affinity', maxPerHost: 2 };
      assert.deepEqual(await read(), { ...expected, members: [member] });
      assert.deepEqual(await read(pagedCloud), { ...expected, members: [member] });
      await remove(member);
      await until(async () => (await read())?.members.length === 0, 'the member gone');
    } finally {
      await remove(member);
      await removeGroup(uuid);
    }
    assert.equal(await read(), undefined);
  });

  it('reads the properties of the image of an instance, and of none that is not there', async () => {
    const { images } = story.bed.cloud;
    const { imageUuid } = await story.server(story.first);
    assert.ok(imageUuid !== null);
    const image = await images.readImage(imageUuid, CALL);
    assert.equal(image?.uuid, imageUuid);
    assert.equal(image?.properties['status'], 'active');
    assert.equal(await images.readImage(NOBODY, CALL), undefined);
  });
}

function capacityFacts(story: ContractStory): void {
  const roomOf = async (name: string) => {
    const all = await story.bed.cloud.placement.listCapacity(LEAST, CALL);
    return all.find((one) => one.name === name);
  };

  it('shows the room of a host, which a booted instance lessens', async () => {
    const spare = story.hostNumber(2);
    const earlier = await roomOf(spare);
    assert.equal(earlier?.root, spare);
    await story.bootOne(spare);
    const later = await roomOf(spare);
    assert.equal(later?.free['VCPU'], (earlier?.free['VCPU'] ?? 0) - 1);
    assert.ok((later?.free['MEMORY_MB'] ?? 0) < (earlier?.free['MEMORY_MB'] ?? 0));
  });

  it('leaves out a host that has less room than is asked for', async () => {
    const asked = { VCPU: 1_000_000 };
    assert.deepEqual(await story.bed.cloud.placement.listCapacity(asked, CALL), []);
  });

  it('marks a living host while it is disabled, and lists it all the same', async () => {
    const spare = story.hostNumber(3);
    const isMarked = async () => (await roomOf(spare))?.traits.includes(DISABLED);
    assert.equal(await isMarked(), false);
    await story.setStatus(spare, 'disabled');
    await story.bed.until(async () => (await isMarked()) === true, `${spare} marked`);
    await story.setStatus(spare, 'enabled');
    await story.bed.until(async () => (await isMarked()) === false, `${spare} unmarked`);
  });
}
