/** Instances with devices: refused before anything is done, or brought back with less. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InstanceUuid } from '@medevac/kernel';
import type { Server } from '@medevac/openstack';
import { EngineBench } from './engine-bench.ts';

const SMALL = { name: 'small', vcpus: 1, memoryMib: 512, rootDiskGib: 1 } as const;

const withSpecs = (extraSpecs: Readonly<Record<string, string>>): Partial<Server> => ({
  flavor: { ...SMALL, ephemeralDiskGib: 0, swapMib: 0, extraSpecs },
});

async function vmoveOf(bench: EngineBench, uuid: InstanceUuid) {
  const found = (await bench.vmoves()).find((one) => one.instanceUuid === uuid);
  assert.ok(found !== undefined);
  return found;
}

describe('an instance with a vTPM', () => {
  it('D16: is never touched, and its vmove says why from the plan on', async () => {
    const bench = await EngineBench.open(1);
    const sealed = bench.nova.addServer('dead', withSpecs({ 'hw:tpm_version': '2.0' }));
    const properties = { hw_tpm_version: '2.0' };
    bench.nova.images.set('sealed', { uuid: 'sealed', properties });
    const byImage = bench.nova.addServer('dead', { imageUuid: 'sealed' });
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'failed');
    for (const uuid of [sealed, byImage]) {
      const { message, startAtMs, status } = await vmoveOf(bench, uuid);
      assert.deepEqual([status, startAtMs], ['failed', null]);
      assert.match(message ?? '', /vTPM.*Nova does not evacuate it/);
      const { host, taskState, vmState } = bench.nova.server(uuid);
      assert.deepEqual([host, vmState, taskState], ['dead', 'active', null]);
    }
    assert.deepEqual(
      bench.nova.writes.filter((one) => !one.startsWith('PUT')),
      ['evacuate vm-1'],
    );
  });

  it('that shows only when Nova is asked has its final answer at once, and no second call', async () => {
    const bench = await EngineBench.open(2);
    const [sealed] = bench.nova.servers.keys();
    assert.ok(sealed !== undefined);
    const evacuate = bench.nova.evacuate.bind(bench.nova);
    let refused = 0;
    bench.nova.evacuate = async (uuid, target, call) => {
      if (uuid !== sealed) return await evacuate(uuid, target, call);
      refused += 1;
      const message = `Operation 'evacuate' not supported for vTPM-enabled instance (${uuid}).`;
      return { kind: 'rejected', message };
    };
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'failed');
    const { message, status } = await vmoveOf(bench, sealed);
    assert.deepEqual([status, refused], ['failed', 1]);
    assert.match(message ?? '', /content is on the failed host.*Nova says: Operation 'evacuate'/);
  });
});

describe('an instance that comes back with less', () => {
  it('D17: is recovered, and its answer says what it has lost', async () => {
    const bench = await EngineBench.open(0);
    const uuid = bench.nova.addServer('dead', withSpecs({ 'hw:pmem': '6GB' }));
    const report = await bench.crashAndReport();
    await bench.untilStatus(report, 'finished');
    const { message, status } = await vmoveOf(bench, uuid);
    assert.equal(status, 'succeeded');
    assert.equal(message, 'its persistent memory is in the failed host: it has an empty one now');
  });
});
