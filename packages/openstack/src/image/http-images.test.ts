/** What an image says, with and without a version in the catalogue. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CALL, openForTest } from '../../test/open-for-test.ts';
import { imageBaseUrl } from './http-images.ts';

const IMAGE = 'bd61fdf1-d67b-49e6-a09a-8217d55d8cc2';

describe('images', () => {
  it('tell their properties as texts', async () => {
    await using bed = await openForTest();
    bed.loopback.on(`GET /image/v2/images/${IMAGE}`, {
      status: 200,
      body: { id: IMAGE, evacuable: 'true', hw_tpm_version: '2.0', min_disk: 1, tags: [] },
    });
    const image = await bed.cloud.images.readImage(IMAGE, CALL);
    assert.equal(image?.properties['evacuable'], 'true');
    assert.equal(image?.properties['hw_tpm_version'], '2.0');
    assert.equal(image?.properties['min_disk'], undefined);
  });

  it('that are gone, or not for us, are undefined', async () => {
    await using bed = await openForTest();
    for (const status of [403, 404]) {
      bed.loopback.on('GET /image/v2/images/', { status });
      assert.equal(await bed.cloud.images.readImage(IMAGE, CALL), undefined);
    }
  });

  it('are found below an address with or without a version', () => {
    assert.equal(imageBaseUrl('http://glance:9292'), 'http://glance:9292/v2');
    assert.equal(imageBaseUrl('http://glance/image/v2'), 'http://glance/image/v2');
  });
});
