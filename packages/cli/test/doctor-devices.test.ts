/** What doctor says of instances with devices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Server } from '@medevac/openstack';
import { checkDeviceClasses, checkVolumeKeys } from '../src/doctor/check-devices.ts';
import { CALL, fakeAround, fakeCloud, fakeFacts, server } from './doctor-fakes.ts';

const withSpecs = (name: string, extraSpecs: Readonly<Record<string, string>>): Server => {
  const plain = server(name, 'compute-01');
  return { ...plain, flavor: { ...plain.flavor, extraSpecs } };
};

function ask(...servers: readonly Server[]) {
  const images = {
    readImage: async (uuid: string) =>
      uuid === 'gone' ? undefined : { uuid, properties: { hw_tpm_version: '2.0' } },
  };
  const facts = fakeFacts({ servers, session: fakeCloud({ images }) });
  return checkDeviceClasses.run(facts, { around: fakeAround(), call: CALL });
}

test('D16: instances that are never brought back are named before their host fails', async () => {
  const answer = await ask(
    withSpecs('sealed', { 'hw:tpm_version': '2.0' }),
    { ...server('by-image', 'compute-01'), imageUuid: 'tpm' },
    withSpecs('plain', {}),
  );
  assert.equal(answer.level, 'warning');
  assert.match(answer.found, /^of 3 instances, not brought back when .*: sealed, by-image$/);
  assert.match(answer.items?.[0] ?? '', /^sealed on compute-01: vTPM: .*Nova does not evacuate it/);
});

test('instances that come back with less are a reminder, others are well', async () => {
  const answer = await ask(
    withSpecs('pmem', { 'hw:pmem': '6GB' }),
    withSpecs('gpu', { 'pci_passthrough:alias': 'gpu:1' }),
  );
  assert.equal(answer.level, 'reminder');
  assert.match(answer.found, /^of 2 instances, brought back with less: pmem$/);
  const well = await ask(withSpecs('gpu', { 'pci_passthrough:alias': 'gpu:1' }));
  assert.deepEqual([well.level, well.found.split(',')[0]], ['ok', '1 instance']);
});

test('an image that is not there is told, because Nova alone knows then', async () => {
  const answer = await ask({ ...server('orphan', 'compute-01'), imageUuid: 'gone' });
  assert.equal(answer.level, 'ok');
  assert.match(answer.found, /; 1 image could not be read$/);
});

function askForKeys(...servers: readonly Server[]) {
  const readVolume = async (uuid: string) =>
    uuid === 'gone' ? undefined : { uuid, isEncrypted: uuid.startsWith('luks') };
  const facts = fakeFacts({ servers, session: fakeCloud({ volumes: { readVolume } }) });
  return checkVolumeKeys.run(facts, { around: fakeAround(), call: CALL });
}

test('instances with encrypted volumes are named, as only the key manager knows of them', async () => {
  const sealed = { ...server('sealed', 'compute-01'), volumes: ['plain-1', 'luks-1', 'luks-2'] };
  const plain = { ...server('plain', 'compute-01'), volumes: ['plain-2', 'gone'] };
  const answer = await askForKeys(sealed, plain);
  assert.equal(answer.level, 'reminder');
  assert.deepEqual(answer.items, ['sealed']);
  assert.match(answer.advice ?? '', /secret:decrypt/);
  const well = await askForKeys(plain);
  assert.deepEqual([well.level, well.found], ['ok', '2 volumes looked at, none encrypted']);
  assert.equal((await askForKeys(server('bare', 'compute-01'))).found, 'no instance has a volume');
});
