/**
 * `medevac serve` refuses what it cannot run with: one line that says what, where and what to do.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before } from 'node:test';
import { cloudsFile } from '../harness/bed.ts';
import {
  callMedevac,
  newStateDir,
  occupyPort,
  removeStateDir,
  runToRefusal,
  type ServeOptions,
  startMedevac,
} from '../harness/medevac.ts';
import { withSmallDisk } from '../harness/small-disk.ts';
import { quietStory } from '../harness/story.ts';

let scratch: string;
before(() => {
  scratch = newStateDir();
});
after(() => removeStateDir(scratch));

/** What is on stderr beside the log of the start that was under way. */
const errorLines = (stderr: string): readonly string[] =>
  stderr.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('{"level":30'));

/** Asserts the form of a refusal and that its line tells each of these. */
function assertRefuses(
  options: Partial<ServeOptions>,
  tells: readonly RegExp[],
  env: NodeJS.ProcessEnv = {},
): void {
  const stateDir = join(scratch, 'state');
  const refusal = runToRefusal({ stateDir, ...options }, env);
  assert.equal(errorLines(refusal.stderr).length, 1, `one line, not:\n${refusal.stderr}`);
  for (const tell of tells) assert.match(refusal.stderr, tell);
  assert.doesNotMatch(refusal.stderr, /^\s+at |\bnode:internal/m, 'no stack');
  assert.equal(refusal.exitCode, 1);
  rmSync(stateDir, { recursive: true, force: true });
}

/** A copy of the bed's clouds.yaml with one thing changed. */
function changedClouds(from: RegExp, to: string): NodeJS.ProcessEnv {
  const text = readFileSync(cloudsFile(), 'utf8');
  const changed = text.replaceAll(from, to);
  assert.notEqual(changed, text);
  const file = join(scratch, 'clouds.yaml');
  writeFileSync(file, changed);
  return { OS_CLIENT_CONFIG_FILE: file };
}

quietStory('a wrong password is refused without showing it', async () => {
  const env = changedClouds(/password: .*/g, 'password: not-the-password');
  assertRefuses({}, [/401|password|credential/i, /127\.0\.0\.1/], env);
  const { stderr } = runToRefusal({ stateDir: join(scratch, 'state') }, env);
  assert.doesNotMatch(stderr, /not-the-password/);
});

quietStory('an unknown cloud is refused by its name', async () => {
  assertRefuses({ osCloud: 'nowhere' }, [/nowhere/, /clouds\.yaml/]);
});

quietStory('a Keystone that cannot be reached is named by its address', async () => {
  const env = changedClouds(/auth_url: .*/g, 'auth_url: http://127.0.0.1:9/v3');
  assertRefuses({}, [/127\.0\.0\.1:9/], env);
});

quietStory('a Nova that cannot be reached is named by its address', async () => {
  const env = changedClouds(
    /^( *)auth:$/gm,
    '$1compute_endpoint_override: http://127.0.0.1:9/v2.1\n$1auth:',
  );
  assertRefuses({}, [/compute/, /127\.0\.0\.1:9/], env);
});

quietStory('a full disk is named, and serve does not start on it', async () => {
  await withSmallDisk(64, async ({ directory }) => {
    const refusal = runToRefusal({ stateDir: directory });
    assert.equal(errorLines(refusal.stderr).length, 1, refusal.stderr);
    assert.match(refusal.stderr, /no space left for the database .*medevac\.db/);
    assert.equal(refusal.exitCode, 1);
  });
});

quietStory('a disk that runs full later refuses the change, and nothing is lost', async () => {
  await withSmallDisk(1_024, async ({ directory, fill, free }) => {
    const replica = await startMedevac({ stateDir: directory });
    try {
      const segment = { recovery_method: 'auto', service_type: 'COMPUTE' };
      const create = (name: string) =>
        callMedevac('POST', '/segments', { segment: { ...segment, name } });
      await create('before');
      fill();
      await assert.rejects(create('meanwhile'), /no space left for the database/);
      assert.ok(replica.isRunning());
      free();
      await create('after');
      const { segments } = await callMedevac<{ segments: { name: string }[] }>('GET', '/segments');
      const names = segments.map((one) => one.name).filter((name) => name !== 'meanwhile');
      assert.deepEqual(names.toSorted(), ['after', 'before']);
      assert.equal(segments.length, 2);
    } finally {
      await replica.kill();
    }
  });
});

quietStory(
  'a missing declaration of fencing or storage is refused with what each answer means',
  async () => {
    assertRefuses({ fencing: undefined }, [/fencing/, /trusted/, /required/]);
    assertRefuses({ storage: undefined }, [/storage/, /shared/, /local/]);
  },
);

quietStory('a busy port is named', async () => {
  const busy = await occupyPort();
  try {
    assertRefuses({ listen: `127.0.0.1:${busy.port}` }, [new RegExp(`127.0.0.1:${busy.port}`)]);
  } finally {
    await busy.release();
  }
});

quietStory('a database of a newer version is refused and left as it is', async () => {
  const stateDir = join(scratch, 'newer');
  mkdirSync(stateDir);
  const replica = await startMedevac({ stateDir });
  await replica.kill();
  const file = readdirSync(stateDir).find((name) => name.endsWith('.db'));
  const database = new DatabaseSync(join(stateDir, String(file)));
  const row = "INSERT INTO schema_version VALUES (9999, 'from-the-future', 0)";
  database.exec(row);
  assertRefusesKeeping(stateDir);
  const kept = database.prepare('SELECT max(version) AS version FROM schema_version').get();
  assert.equal(kept?.['version'], 9999);
  database.close();
});

function assertRefusesKeeping(stateDir: string): void {
  const refusal = runToRefusal({ stateDir });
  assert.equal(errorLines(refusal.stderr).length, 1, refusal.stderr);
  assert.match(refusal.stderr, /version 9999/);
  assert.equal(refusal.exitCode, 1);
}
