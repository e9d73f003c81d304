/**
 * `make test-openstack` and, with the word `clients`, `make test-clients`: brings the test cloud up
 * (a second try if the first fails) and runs the stories one after the other. The cloud stays up
 * afterwards, so that the next run starts at once. If it cannot be brought up, every story counts
 * as skipped and says why.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bringUp, cloudsFile } from '../harness/bed.ts';
import { BedTrouble, progress } from '../harness/waiting.ts';

const HERE = import.meta.dirname;
const ROOT = join(HERE, '..', '..', '..');
/** The floor first: if a bare script cannot recover here, no other failure means anything. */
const STORIES = [
  'floor',
  'host-failure',
  'killed-replica',
  'replica-and-database',
  'bad-moments',
  'other-hosts-die',
  'living-host',
  'refusals',
  'contract',
];
/** What operators have already: each program, and Masakari's own data, as Debian ships it. */
const CLIENTS = [
  'command-line-segments',
  'command-line-notifications',
  'sdk',
  'monitors',
  'horizon',
  'masakari-import',
];
/** The facts that the product relies on, asked of the real Nova by the product's own client. */
const CONTRACT = 'packages/openstack/test/contract/real-cloud.test.ts';
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
const names = wanted.flatMap((name) => (name === 'clients' ? CLIENTS : [name]));
const files = (names.length > 0 ? names : STORIES).map((name) =>
  name === 'contract' ? CONTRACT : `testbed/openstack/e2e/${name}.test.ts`,
);
const usable = {
  // The account of the product: another project than the instances'.
  MEDEVAC_TEST_CLOUD: 'medevac',
  MEDEVAC_TEST_OWNER: 'testbed-member',
  MEDEVAC_TEST_BED: join(HERE, '..', 'cloud'),
  OS_CLIENT_CONFIG_FILE: cloudsFile(),
};
const ran = spawnSync(
  process.execPath,
  [join(ROOT, 'tools', 'run-tests.ts'), '--serial', `--timeout=${FILE_TIMEOUT_SECONDS}`, ...files],
  {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...(reason === undefined ? usable : { TESTBED_UNUSABLE: reason }) },
  },
);
process.exitCode = ran.status ?? 1;
