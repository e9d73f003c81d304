/**
 * The floor: what a bare script needs that forces the dead host down and fires the evacuate calls.
 * It decides nothing, protects nothing and remembers nothing; Medevac is measured against it.
 */
import assert from 'node:assert/strict';
import type { Nova } from './nova.ts';

/** As many calls on their way at once as Medevac allows itself. */
const WORKERS = 10;

/** Resolves when every call has been answered; Nova works on for a good while after that. */
export async function recoverBare(
  nova: Nova,
  host: string,
  instanceIds: readonly string[],
): Promise<void> {
  const forced = await nova.forceDown(await nova.service(host));
  assert.equal(forced.status, 200, `force-down of ${host}: ${forced.text}`);
  const left = [...instanceIds];
  const work = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      const answer = await nova.evacuate(id);
      assert.equal(answer.status, 200, `evacuate of ${id}: ${answer.text}`);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
}
