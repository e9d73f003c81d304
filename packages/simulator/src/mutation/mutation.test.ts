/** Mutations: how they are opened, and what becomes of a patch that no longer fits. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { planOf } from '../run/seeded-run.ts';
import { differentPlans, directPlan, isDirected } from './directed-plans.ts';
import { parseMutation, readMutations } from './mutation.ts';
import { applyMutation } from './workspace-copy.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'mutations');
const FILE = 'packages/core/rule.ts';
const PATCH = [
  'Rule: the host is silent (design 5).',
  'Weakened: silence is not waited for.',
  `--- a/${FILE}`,
  `+++ b/${FILE}`,
  '@@ -1,1 +1,1 @@',
  '-const silenceMs = 10;',
  '+const silenceMs = 0;',
  '',
].join('\n');

describe('a mutation', () => {
  let copy = '';
  beforeEach(async () => {
    copy = await mkdtemp(join(tmpdir(), 'medevac-mutation-test-'));
    await mkdir(join(copy, 'packages', 'core'), { recursive: true });
  });
  afterEach(() => rm(copy, { recursive: true }));

  it('is opened by its rule and its weakening', () => {
    const mutation = parseMutation('no-silence', PATCH);
    assert.equal(mutation.rule, 'the host is silent (design 5).');
    assert.equal(mutation.weakening, 'silence is not waited for.');
    const unopened = PATCH.slice(PATCH.indexOf('Weakened'));
    assert.throws(
      () => parseMutation('no-silence', unopened),
      /^Error: no-silence\.patch does not/,
    );
  });

  it('changes the copy that it is applied to', async () => {
    await writeFile(join(copy, FILE), 'const silenceMs = 10;\n');
    await applyMutation(copy, parseMutation('no-silence', PATCH));
    assert.equal(await readFile(join(copy, FILE), 'utf8'), 'const silenceMs = 0;\n');
  });

  it('is named when its patch no longer applies, and changes nothing then', async () => {
    await writeFile(join(copy, FILE), 'const silenceMs = 11;\n');
    await assert.rejects(
      applyMutation(copy, parseMutation('no-silence', PATCH)),
      /no-silence\.patch does not apply any more: .*rule\.ts/s,
    );
    assert.equal(await readFile(join(copy, FILE), 'utf8'), 'const silenceMs = 11;\n');
  });

  it('stands in the folder beside others, and each changes the source of the product only', async () => {
    const mutations = await readMutations(FOLDER);
    assert.ok(mutations.length >= 12, `${mutations.length} mutations`);
    for (const { name, patch } of mutations) {
      const files = [...patch.matchAll(/^(?:---|\+\+\+) [ab]\/(.+)$/gm)].map((match) => match[1]);
      const source =
        /^packages\/(core|engine|workflow|store|openstack|fencing|api)\/src\/.+(?<!\.test)\.ts$/;
      assert.deepEqual(
        files.filter((file) => !source.test(String(file))),
        [],
        name,
      );
    }
  });

  it('shares the control with mutations of the same directed plans', () => {
    const names = ['no-silence-wait', 'late-renewal-counts', 'refused-renewal-ignored'];
    assert.deepEqual(names.map(isDirected), [false, true, true]);
    assert.equal(differentPlans(names).length, 1);
  });

  it('with directed plans keeps the host that its seed loses', () => {
    const drawn = planOf(7);
    const directed = directPlan('call-repeated-at-once', drawn);
    const [lost] = drawn.faults.filter((fault) => fault.number === 0);
    assert.deepEqual(
      directed.faults.filter((fault) => fault.number === 0),
      [lost],
    );
    assert.ok(directed.faults.some((fault) => fault.how === 'late-writes'));
    assert.equal(directPlan('no-silence', drawn), drawn);
  });
});
