/** Runs `clients/instance_ha_sdk.py` under Debian's own Python, where python3-openstacksdk is. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { clientEnvironment } from './bed.ts';

const SCRIPT = join(import.meta.dirname, '..', 'clients', 'instance_ha_sdk.py');
const TIMEOUT_MS = 120_000;

/** Answers what the script prints; a failed assertion of it is an error with its traceback. */
export function runSdk(...words: readonly string[]): string {
  const ran = spawnSync('/usr/bin/python3', ['-W', 'ignore', SCRIPT, ...words], {
    env: clientEnvironment(),
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  });
  if (ran.status === 0) return ran.stdout;
  throw new Error(`${SCRIPT} ${words.join(' ')}: ${ran.error?.message ?? ran.stderr.trim()}`);
}
