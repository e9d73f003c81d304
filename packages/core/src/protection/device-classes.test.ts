/** Which class an instance is of, and what becomes of each. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_POLICY_RULES } from './decide-policy.ts';
import { decideProtection } from './decide-protection.ts';
import {
  DEVICE_CLASSES,
  type DeviceFacts,
  deviceClassesOf,
  refusedClassOf,
} from './device-classes.ts';

type Specs = Readonly<Record<string, string>>;

const known = (flavorExtraSpecs: Specs, imageProperties?: Specs): readonly string[] =>
  deviceClassesOf({ flavorExtraSpecs, imageProperties }).map((one) => one.name);

const protectionOf = (devices: Partial<DeviceFacts>) =>
  decideProtection(
    {
      ...{ instanceUuid: 'i', name: 'vm', projectId: 'p', vmState: 'active', taskState: null },
      ...{ metadata: {}, tags: [], flavorExtraSpecs: {}, imageProperties: undefined },
      bootsFromVolume: false,
      ...devices,
    },
    {
      ...DEFAULT_POLICY_RULES,
      ...{ storage: 'shared', rebuildsLocalDisks: false, leavesErrorInstances: false },
    },
  );

describe('the class of an instance', () => {
  const cases: readonly (readonly [specs: Specs, image: Specs | undefined, name: string])[] = [
    [{ 'hw:tpm_version': '2.0', 'hw:tpm_model': 'tpm-crb' }, undefined, 'vTPM'],
    [{}, { hw_tpm_version: '1.2' }, 'vTPM'],
    [{ 'accel:device_profile': 'fpga' }, undefined, 'accelerator of Cyborg'],
    [{ 'hw:pmem': '6GB' }, undefined, 'persistent memory'],
    [{ 'pci_passthrough:alias': 'gpu:2' }, undefined, 'PCI device'],
    [{ 'resources:VGPU': '1' }, undefined, 'vGPU'],
    [{ 'resources1:VGPU': '1' }, undefined, 'vGPU'],
    [{ 'resources_GPU-0:VGPU': '1' }, undefined, 'vGPU'],
    [{ 'hw:mem_encryption': 'True' }, undefined, 'encrypted memory (SEV)'],
    [{}, { hw_mem_encryption: 'true' }, 'encrypted memory (SEV)'],
  ];
  for (const [specs, image, name] of cases) {
    it(`is ${name} by ${JSON.stringify({ ...specs, ...image })}`, () => {
      assert.deepEqual(known(specs, image), [name]);
    });
  }

  it('is none by a no, by another resource, and by the keys of other things', () => {
    assert.deepEqual(known({ 'hw:mem_encryption': 'False' }, { hw_mem_encryption: 'no' }), []);
    assert.deepEqual(known({ 'resources:VCPU': '1', 'hw:cpu_policy': 'dedicated' }), []);
    assert.deepEqual(known({ 'xhw:pmem': '1', 'my:accel:device_profile': 'x' }, {}), []);
  });

  it('may be several', () => {
    const specs = { 'pci_passthrough:alias': 'gpu:1', 'hw:pmem': '6GB' };
    assert.deepEqual(known(specs), ['persistent memory', 'PCI device']);
  });
});

describe('the plan', () => {
  it('D16: refuses a vTPM with the reason before the failure, by flavor or by image', () => {
    for (const devices of [
      { flavorExtraSpecs: { 'hw:tpm_version': '2.0' } },
      { imageProperties: { hw_tpm_version: '2.0' } },
    ]) {
      const { kind, reason } = protectionOf(devices);
      assert.equal(kind, 'refuse');
      assert.match(reason, /vTPM.*Nova does not evacuate it/);
    }
  });

  it('D17: says what is lost of an instance that comes back with less', () => {
    const protection = protectionOf({ flavorExtraSpecs: { 'hw:pmem': '6GB' } });
    assert.ok(protection.kind === 'evacuate');
    assert.deepEqual(protection.losses, [
      'its persistent memory is in the failed host: it has an empty one now',
    ]);
  });

  it('brings PCI devices, vGPUs and encrypted memory back without a loss', () => {
    for (const key of ['pci_passthrough:alias', 'resources:VGPU', 'hw:mem_encryption']) {
      const protection = protectionOf({ flavorExtraSpecs: { [key]: '1' } });
      assert.ok(protection.kind === 'evacuate', key);
      assert.deepEqual(protection.losses, []);
    }
  });
});

describe("Nova's refusal of a class", () => {
  it('is known by its words, as Nova 26 writes them', () => {
    const words = {
      "Operation 'evacuate' not supported for vTPM-enabled instance (5f0c).": 'vTPM',
      'Feature not supported with instances that have accelerators.': 'accelerator of Cyborg',
      'Feature not supported with Ports that have accelerators.': 'accelerator on a port',
    };
    for (const [message, name] of Object.entries(words)) {
      assert.equal(refusedClassOf(message)?.name, name);
    }
    assert.equal(refusedClassOf('Compute service of compute-1 is still in use.'), undefined);
  });

  it('can be seen before, or is known by its words: no refused class shows in neither way', () => {
    for (const one of DEVICE_CLASSES.filter(({ treatment }) => treatment === 'refuse')) {
      assert.ok(one.refusal !== undefined, one.name);
    }
  });
});
