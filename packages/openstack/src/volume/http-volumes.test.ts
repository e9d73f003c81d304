/** Whether a volume is encrypted, as Cinder says. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CALL, openForTest } from '../../test/open-for-test.ts';

const VOLUME = '6f519a48-3183-46cf-a32f-41815f813986';

describe('volumes', () => {
  it('say whether they are encrypted', async () => {
    await using bed = await openForTest();
    for (const encrypted of [true, false]) {
      bed.loopback.on(`GET /volume/v3/p/volumes/${VOLUME}`, {
        status: 200,
        body: { volume: { id: VOLUME, status: 'in-use', encrypted, attachments: [] } },
      });
      const volume = await bed.cloud.volumes.readVolume(VOLUME, CALL);
      assert.deepEqual(volume, { uuid: VOLUME, isEncrypted: encrypted });
    }
  });

  it('that are gone, or not for us, are undefined', async () => {
    await using bed = await openForTest();
    for (const status of [403, 404]) {
      bed.loopback.on('GET /volume/v3/p/volumes/', { status });
      assert.equal(await bed.cloud.volumes.readVolume(VOLUME, CALL), undefined);
    }
  });

  it('that do not say it are an answer that nobody understands', async () => {
    await using bed = await openForTest();
    const body = { volume: { id: VOLUME } };
    bed.loopback.on('GET /volume/v3/p/volumes/', { status: 200, body });
    const code = 'cloud.answer_unreadable';
    await assert.rejects(bed.cloud.volumes.readVolume(VOLUME, CALL), { code });
  });
});
