/** The figures of a large host's recovery come from the caller's meter, in the right order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recoverLargeHost } from './large-host.ts';

test('every instance is brought back, and the plan is a part of what it costs', async () => {
  let spent = 0;
  let looks = 0;
  const { plan, recovery } = await recoverLargeHost({
    instances: 12,
    meter: () => ++spent,
    onLook: () => {
      looks += 1;
    },
  });
  assert.equal(plan, 1, 'the meter is read at the beginning and at the end of the plan');
  assert.equal(recovery, 3, 'and before the report and after the last instance');
  assert.ok(looks > 10, `the world was looked at ${looks} times`);
});
