/** What has room, what has not, and why; D21 and D22 of the peer's troubles. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FitHost, type FitInstance, fitRecovery } from './fit-recovery.ts';
import { type NeedFacts, needsOf } from './instance-needs.ts';

const vm = (uuid: string, memory = 1_000, more: Partial<FitInstance> = {}): FitInstance => ({
  uuid,
  resources: { VCPU: 1, MEMORY_MB: memory, DISK_GB: 10 },
  isPartial: false,
  isSent: false,
  ...more,
});
const host = (name: string, memory: number, free: FitHost['free'] = {}): FitHost => ({
  name,
  free: { VCPU: 100, MEMORY_MB: memory, DISK_GB: 1_000, ...free },
});

function fit(
  instances: readonly FitInstance[],
  hosts: readonly FitHost[],
  groups: Parameters<typeof fitRecovery>[0]['groups'] = [],
) {
  const fits = fitRecovery({ instances, hosts, groups });
  return {
    of: (uuid: string) => {
      const found = fits.get(uuid);
      return found?.kind === 'fits' ? found.host : found?.kind;
    },
    why: (uuid: string) => {
      const found = fits.get(uuid);
      return found?.kind === 'no-room' ? found.reason : '';
    },
  };
}

describe('room for a recovery', () => {
  it('D21: goes to the most important ones, and says with numbers what the others lack', () => {
    const { of, why } = fit([vm('a'), vm('b'), vm('c')], [host('h1', 2_500)]);
    assert.deepEqual([of('a'), of('b'), of('c')], ['h1', 'h1', 'no-room']);
    assert.equal(
      why('c'),
      'it needs 1 VCPU, 1000 MiB memory, 10 GiB disk; one host has at most ' +
        '98 VCPU, 500 MiB memory, 980 GiB disk left, more important instances counted in',
    );
  });

  it('spreads over the hosts by what they have left', () => {
    const { of } = fit([vm('a'), vm('b'), vm('c')], [host('h1', 2_000), host('h2', 3_000)]);
    assert.deepEqual([of('a'), of('b'), of('c')], ['h2', 'h1', 'h2']);
  });

  it('lets a small one pass where a large one has no room', () => {
    const { of } = fit([vm('large', 4_000), vm('small')], [host('h1', 2_000)]);
    assert.deepEqual([of('large'), of('small')], ['no-room', 'h1']);
  });

  it('asks nothing of a host that is not the host’s to give, as a disk on shared storage', () => {
    const shared: FitHost = { name: 'h1', free: { VCPU: 4, MEMORY_MB: 4_000 } };
    assert.equal(fit([vm('a')], [shared]).of('a'), 'h1');
    assert.equal(fit([vm('a')], [host('h1', 4_000, { DISK_GB: 5 })]).of('a'), 'no-room');
  });

  it('counts those first whose calls are out, whatever their importance', () => {
    const instances = [vm('a'), vm('b', 1_000, { isSent: true })];
    assert.deepEqual(fit(instances, [host('h1', 1_500)]).of('a'), 'no-room');
  });

  it('never says no to one whose flavor asks for more than is known, but counts what is', () => {
    const partial = vm('a', 1_000, { isPartial: true });
    const { of } = fit([partial, vm('b')], [host('h1', 1_500)]);
    assert.deepEqual([of('a'), of('b')], ['unsure', 'no-room']);
    assert.equal(fit([partial], []).of('a'), 'unsure');
  });

  it('D22: keeps members of an anti-affinity group apart, and names the rule that blocks', () => {
    const group = {
      name: 'quorum',
      maxPerHost: 1,
      members: ['a', 'b', 'c', 'x'],
      onHosts: { h1: 1 },
    };
    const hosts = [host('h1', 9_000), host('h2', 5_000), host('h3', 4_000)];
    const { of, why } = fit([vm('a'), vm('b'), vm('c'), vm('free')], hosts, [group]);
    assert.deepEqual([of('a'), of('b'), of('c'), of('free')], ['h2', 'h3', 'no-room', 'h1']);
    assert.match(
      why('c'),
      /the 3 hosts with room have 1 or more members of the server group quorum/,
    );
  });

  it('takes as many members on one host as the group allows', () => {
    const group = { name: 'g', maxPerHost: 2, members: ['a', 'b', 'c'], onHosts: {} };
    const { of } = fit([vm('a'), vm('b'), vm('c')], [host('h1', 9_000)], [group]);
    assert.deepEqual([of('a'), of('b'), of('c')], ['h1', 'h1', 'no-room']);
  });

  it('says so when no host is left at all', () => {
    assert.match(fit([vm('a')], []).why('a'), /and no host that may take it has as much free/);
  });
});

describe('what an instance needs', () => {
  const flavor: NeedFacts = {
    ...{ vcpus: 2, memoryMib: 2_048, rootDiskGib: 20, ephemeralDiskGib: 5, swapMib: 1_500 },
    ...{ extraSpecs: {}, bootsFromVolume: false },
  };

  it('counts root, ephemeral and swap disks, in whole GiB', () => {
    assert.deepEqual(needsOf(flavor).resources, { VCPU: 2, MEMORY_MB: 2_048, DISK_GB: 27 });
  });

  it('leaves the root disk out when it is a volume', () => {
    assert.equal(needsOf({ ...flavor, bootsFromVolume: true }).resources['DISK_GB'], 7);
  });

  for (const key of ['resources:VGPU', 'resources1:VCPU', 'resources_NET:X', 'hw:cpu_policy']) {
    it(`is known in part when the flavor has ${key}`, () => {
      assert.equal(needsOf({ ...flavor, extraSpecs: { [key]: '1' } }).isPartial, true);
    });
  }

  it('is known in full when the flavor has other words', () => {
    assert.equal(needsOf({ ...flavor, extraSpecs: { 'trait:X': 'required' } }).isPartial, false);
  });
});
