/**
 * `make test-openstack`: brings the test cloud up (a second try if the first fails) and runs the
 * stories one after the other. The cloud stays up afterwards, so that the next run starts at once.
 * If it cannot be brought up, every story counts as skipped and says why.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bringUp } from '../harness/bed.ts';
import { BedTrouble, progress } from '../harness/waiting.ts';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '..', '..', '..');
/** The floor first: if a bare script cannot recover here, no other failure means anything. */
const STORIES = ['floor', 'host-failure', 'killed-replica', 'living-host', 'refusals'];
const UP_TIMEOUT_MS = 420_000;
const FILE_TIMEOUT_SECONDS = 900;

async function bringUpTwice(): Promise<string | undefined> {
  let reason = '';
  for (const round of ['first', 'second']) {
    progress(`bringing the test cloud up (${round} try)`);
    try {
      await bringUp(UP_TIMEOUT_MS);
      return undefined;
    } catch (error) {
      if (!(error instanceof BedTrouble)) throw error;
      reason = error.message;
      progress(`!!! ${reason}`);
    }
  }
  return reason;
}

const reason = await bringUpTwice();
const wanted = process.argv.slice(2);
const files = (wanted.length > 0 ? wanted : STORIES).map((name) => `${name}.test.ts`);
const ran = spawnSync(
  process.execPath,
  [
    join(ROOT, 'tools', 'run-tests.ts'),
    '--serial',
    `--timeout=${FILE_TIMEOUT_SECONDS}`,
    ...files.map((file) => `testbed/openstack/e2e/${file}`),
  ],
  {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...(reason === undefined ? {} : { TESTBED_UNUSABLE: reason }) },
  },
);
process.exitCode = ran.status ?? 1;
