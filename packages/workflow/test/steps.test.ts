/** One step: journaled results, attempts, journaled waits, deadlines, effects. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvariantError } from '@medevac/kernel';
import type { Attempt } from '../src/index.ts';
import { PATIENT, RUN, replacing, Workbench, World, workflow, worldFailed } from './workbench.ts';

describe('a step', () => {
  it('that is done is not run again, and answers its journaled result', async () => {
    const bench = new Workbench();
    let runs = 0;
    const answers: unknown[] = [];
    const definition = workflow(async (scope) => {
      answers.push(await scope.step('one', PATIENT, async () => ({ run: ++runs })));
      await scope.step('two', PATIENT, (attempt) =>
        bench.clock.sleep(5_000, attempt.signal).then(() => null),
      );
      return 'end';
    });
    const first = await bench.begin(definition);
    await bench.clock.advance(1_000);
    first.life.kill();
    bench.start({ definitions: [definition] });
    const run = await bench.untilEnded();
    assert.deepEqual([run.state, run.result], ['succeeded', 'end']);
    assert.equal(runs, 1);
    assert.deepEqual(answers, [{ run: 1 }, { run: 1 }]);
  });

  it('that failed waits, and the wait is journaled and resumed by another replica', async () => {
    const bench = new Workbench();
    const triedAt: number[] = [];
    const retry = { maxAttempts: 5, firstDelayMs: 60_000, maxDelayMs: 60_000, factor: 1 };
    const definition = workflow((scope) =>
      scope.step('once', { deadlineMs: 600_000, retry }, async (attempt) => {
        triedAt.push(bench.clock.monotonicMs());
        if (attempt.number === 1) throw worldFailed('after');
        return attempt.number;
      }),
    );
    const first = await bench.begin(definition);
    await bench.clock.advance(1_000);
    const waiting = await bench.step('once');
    assert.equal(waiting?.state, 'waiting');
    assert.equal(waiting.error?.message, 'the world failed: after');
    const dueMs = (waiting.nextAttemptAtMs ?? 0) - bench.clock.wallMs() + bench.clock.monotonicMs();
    first.life.kill();
    bench.start({ definitions: [definition] });
    const run = await bench.untilEnded();
    assert.equal(run.result, 2);
    assert.equal(triedAt.length, 2);
    assert.ok(Math.abs((triedAt[1] ?? 0) - dueMs) < 1, 'the next attempt came when it was due');
    assert.ok(dueMs - (triedAt[0] ?? 0) >= 30_000);
  });

  it('is not held longer than its greatest pause by a wall clock that was set back', async () => {
    const bench = new Workbench();
    const definition = workflow((scope) =>
      scope.step('once', PATIENT, async (attempt) => {
        if (attempt.number === 1) throw worldFailed('after');
        return null;
      }),
    );
    const first = await bench.begin(definition);
    await bench.clock.advance(100);
    first.life.kill();
    bench.start({ definitions: [definition], wallAheadMs: -7_200_000 });
    await bench.clock.advance(12_500 + PATIENT.retry.maxDelayMs + 5_000);
    assert.equal((await bench.run()).state, 'succeeded');
  });

  it('D18: ends at its deadline, which is remembered, and no attempt is made after it', async () => {
    const bench = new Workbench();
    const options = { ...PATIENT, deadlineMs: 30_000 };
    let attempts = 0;
    const definition = workflow((scope) =>
      scope.step('endless', options, async (attempt) => {
        attempts++;
        await bench.clock.sleep(86_400_000, attempt.signal);
        return null;
      }),
    );
    await bench.begin(definition);
    await bench.clock.advance(29_000);
    assert.equal((await bench.run()).state, 'running');
    await bench.clock.advance(2_000);
    const run = await bench.run();
    assert.equal(run.state, 'failed');
    assert.match(run.error ?? '', /not done within 30 s/);
    assert.equal(attempts, 1);
    assert.equal((await bench.step('endless'))?.error?.code, 'workflow.deadline');
  });

  it('that keeps failing ends before its deadline, not in a pause beyond it', async () => {
    const bench = new Workbench();
    const options = { ...PATIENT, deadlineMs: 20_000 };
    const definition = workflow((scope) =>
      scope.step('failing', options, () => Promise.reject(worldFailed('after'))),
    );
    await bench.begin(definition);
    const run = await bench.untilEnded(21_000);
    assert.match(run.error ?? '', /the world failed/);
  });

  for (const outlastsRefusals of [false, true]) {
    const title = outlastsRefusals
      ? 'outlasts refusals repeats'
      : 'does not outlast refusals ends at';
    it(`that ${title} a failure that repeating cannot mend`, async () => {
      const bench = new Workbench();
      let attempts = 0;
      const definition = workflow((scope) =>
        scope.step('refused', { ...PATIENT, outlastsRefusals }, async () => {
          if (++attempts <= 3) throw worldFailed('never');
          return 'mended';
        }),
      );
      await bench.begin(definition);
      const run = await bench.untilEnded();
      if (outlastsRefusals) {
        assert.deepEqual([run.state, run.result, attempts], ['succeeded', 'mended', 4]);
      } else {
        assert.deepEqual([run.state, attempts], ['failed', 1]);
        assert.match(run.error ?? '', /the world failed: never/);
      }
    });

    for (const mistake of [new TypeError('x is undefined'), new InvariantError('broken')]) {
      const kind = `${outlastsRefusals ? 'also when it' : 'when it does not'} outlast refusals`;
      it(`ends at once at our own ${mistake.name}, ${kind}`, async () => {
        const bench = new Workbench();
        let attempts = 0;
        const definition = workflow((scope) =>
          scope.step('mistaken', { ...PATIENT, outlastsRefusals }, () => {
            attempts++;
            return Promise.reject(mistake);
          }),
        );
        await bench.begin(definition);
        const run = await bench.untilEnded();
        assert.deepEqual([run.state, attempts], ['failed', 1]);
        assert.match(run.error ?? '', new RegExp(mistake.message));
        assert.equal((await bench.step('mistaken'))?.error?.code, 'workflow.unexpected');
      });
    }
  }

  it('that outlasts refusals still ends at its deadline', async () => {
    const bench = new Workbench();
    const options = { ...PATIENT, deadlineMs: 20_000, outlastsRefusals: true };
    const definition = workflow((scope) =>
      scope.step('refused', options, () => Promise.reject(worldFailed('never'))),
    );
    await bench.begin(definition);
    const run = await bench.untilEnded(21_000);
    assert.deepEqual([run.state, run.error], ['failed', 'refused: the world failed: never']);
  });

  for (const hours of [0, 5, -5]) {
    it(`counts the journaled time over a crash, to a replica ${hours} h apart too`, async () => {
      const bench = new Workbench();
      const options = { ...PATIENT, deadlineMs: 60_000 };
      const world = new World(bench.clock);
      const definition = workflow((scope) =>
        scope.step('acting', options, async (attempt) => {
          await world.ensure(attempt, 'a');
          await bench.clock.sleep(attempt.number === 1 ? 20_000 : 86_400_000, attempt.signal);
          throw worldFailed('after');
        }),
      );
      const first = await bench.begin(definition);
      await bench.clock.advance(25_000);
      first.life.kill();
      bench.start({ definitions: [definition], wallAheadMs: hours * 3_600_000 });
      await bench.clock.advance(35_000);
      assert.equal((await bench.run()).state, 'running');
      await bench.untilEnded(15_000);
      assert.match((await bench.run()).error ?? '', /not done within 60 s/);
      assert.deepEqual(world.acts, ['a']);
    });
  }

  for (const [title, error] of [
    ['whose failure can never be mended', worldFailed('never')],
    ['that breaks a promise of our own code', new TypeError('undefined is not a function')],
  ] as const) {
    it(`${title} is not repeated`, async () => {
      const bench = new Workbench();
      let attempts = 0;
      await bench.begin(
        workflow((scope) =>
          scope.step('one', PATIENT, async () => {
            attempts++;
            throw error;
          }),
        ),
      );
      const run = await bench.untilEnded();
      assert.deepEqual([run.state, attempts], ['failed', 1]);
      assert.equal((await bench.step('one'))?.error?.retry, 'never');
    });
  }

  it('gives up after its last attempt', async () => {
    const bench = new Workbench();
    let attempts = 0;
    const options = { ...PATIENT, retry: { ...PATIENT.retry, maxAttempts: 3 } };
    await bench.begin(
      workflow((scope) =>
        scope.step('one', options, async () => {
          attempts++;
          throw worldFailed('after');
        }),
      ),
    );
    assert.equal((await bench.untilEnded()).state, 'failed');
    assert.equal(attempts, 3);
  });

  it('keeps a pause that the other side asked for', async () => {
    const bench = new Workbench();
    const triedAt: number[] = [];
    await bench.begin(
      workflow((scope) =>
        scope.step('one', PATIENT, async (attempt) => {
          triedAt.push(bench.clock.monotonicMs());
          const error = Object.assign(worldFailed('after'), { retryAfterMs: 30_000 });
          if (attempt.number === 1) throw error;
          return null;
        }),
      ),
    );
    await bench.untilEnded();
    assert.ok((triedAt[1] ?? 0) - (triedAt[0] ?? 0) >= 30_000);
  });

  it('whose reply was lost is repeated by a new attempt that observes, and acts once', async () => {
    const bench = new Workbench();
    const world = new World(bench.clock);
    const seen: { readonly number: number; readonly unknown: boolean }[] = [];
    await bench.begin(
      workflow((scope) =>
        scope.step('one', PATIENT, async (attempt) => {
          seen.push({ number: attempt.number, unknown: attempt.outcomeUnknown });
          if (world.count('a') > 0) {
            if (attempt.number === 2) throw worldFailed('after');
            return null;
          }
          await attempt.effect(() => world.act('a'));
          throw worldFailed('unknown-outcome');
        }),
      ),
    );
    assert.equal((await bench.untilEnded()).state, 'succeeded');
    assert.deepEqual(world.acts, ['a']);
    // A later failure of another kind does not make the outcome known.
    assert.deepEqual(seen, [
      { number: 1, unknown: false },
      { number: 2, unknown: true },
      { number: 3, unknown: true },
    ]);
  });

  it('that was killed while acting is repeated under its number and told that it may have acted', async () => {
    const bench = new Workbench();
    const world = new World(bench.clock);
    const seen: Pick<Attempt, 'number' | 'outcomeUnknown'>[] = [];
    const definition = workflow((scope) =>
      scope.step('one', PATIENT, async (attempt) => {
        seen.push({ number: attempt.number, outcomeUnknown: attempt.outcomeUnknown });
        if (seen.length > 1) return null;
        await attempt.effect(async () => {
          await world.act('a');
          await bench.clock.sleep(3_600_000, attempt.signal);
        });
        return null;
      }),
    );
    const first = await bench.begin(definition);
    await bench.clock.advance(1_000);
    first.life.kill();
    bench.start({ definitions: [definition] });
    assert.equal((await bench.untilEnded()).state, 'succeeded');
    assert.deepEqual(seen, [
      { number: 1, outcomeUnknown: false },
      { number: 1, outcomeUnknown: true },
    ]);
  });

  it('journals its intention before it acts', async () => {
    const bench = new Workbench();
    const states: unknown[] = [];
    await bench.begin(
      workflow((scope) =>
        scope.step('one', PATIENT, async (attempt) => {
          states.push(await bench.step('one'));
          await attempt.effect(async () => states.push((await bench.step('one'))?.state));
          return null;
        }),
      ),
    );
    await bench.untilEnded();
    assert.deepEqual(states, [undefined, 'attempting']);
  });

  it('does not act when the run was stopped while its intention was being journaled', async () => {
    const bench = new Workbench();
    const world = new World(bench.clock);
    const definition = workflow((scope) =>
      scope.step('one', PATIENT, (attempt) => world.ensure(attempt, 'a')),
    );
    let stopped: Promise<void> | undefined;
    const slow = replacing(bench.stores.journal, {
      writeStep: async (tenure, step) => {
        stopped ??= replica.runner.stop();
        await bench.clock.sleep(10);
        return await bench.stores.journal.writeStep(tenure, step);
      },
    });
    const replica = bench.start({ definitions: [definition], journal: slow });
    await replica.runner.submit({ id: RUN, workflow: 'test', input: null });
    await bench.clock.advance(1_000);
    await stopped;
    assert.deepEqual(world.acts, []);
    bench.start({ definitions: [definition] });
    assert.equal((await bench.untilEnded()).state, 'succeeded');
    assert.deepEqual(world.acts, ['a']);
  });
});

describe('children', () => {
  it('run with bounded concurrency, each in steps of its own', async () => {
    const bench = new Workbench();
    let running = 0;
    let most = 0;
    const items = Array.from({ length: 12 }, (_, index) => `item-${index}`);
    await bench.begin(
      workflow(async (scope) => {
        const options = { key: (item: string) => item, concurrency: 3 };
        await scope.forEach('each', items, options, async (child, item) => {
          await child.step('work', PATIENT, async () => {
            most = Math.max(most, ++running);
            await bench.clock.sleep(100);
            running--;
            return item;
          });
        });
        return 'all';
      }),
    );
    assert.equal((await bench.untilEnded()).result, 'all');
    assert.equal(most, 3);
    const paths = (await bench.stores.journal.readSteps(RUN)).map((one) => one.path);
    assert.deepEqual(paths.toSorted(), items.map((item) => `each/${item}/work`).toSorted());
  });

  it('fail their run after all under way have ended', async () => {
    const bench = new Workbench();
    const ended: string[] = [];
    await bench.begin(
      workflow(async (scope) => {
        const options = { key: (item: string) => item, concurrency: 2 };
        await scope.forEach('each', ['bad', 'good', 'never'], options, async (child, item) => {
          await child.step('work', PATIENT, async () => {
            if (item === 'bad') throw worldFailed('never');
            await bench.clock.sleep(1_000);
            ended.push(item);
            return null;
          });
        });
        return null;
      }),
    );
    assert.equal((await bench.untilEnded()).state, 'failed');
    assert.deepEqual(ended, ['good']);
  });

  for (const [title, body] of [
    ['the same path twice', ['a', 'a']],
    ['a slash in a name', ['a/b']],
  ] as const) {
    it(`break an invariant by ${title}`, async () => {
      const bench = new Workbench();
      await bench.begin(
        workflow(async (scope) => {
          for (const name of body) await scope.step(name, PATIENT, async () => null);
          return null;
        }),
      );
      const run = await bench.untilEnded();
      assert.equal(run.state, 'failed');
      assert.match(run.error ?? '', /stands twice|contains a slash/);
    });
  }

  it('break an invariant when two items have one key', async () => {
    const bench = new Workbench();
    await bench.begin(
      workflow(async (scope) => {
        const options = { key: () => 'same', concurrency: 2 };
        await scope.forEach('each', [1, 2], options, async () => {});
        return null;
      }),
    );
    assert.match((await bench.untilEnded()).error ?? '', /stands twice/);
  });
});
