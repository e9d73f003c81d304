/** Contract of the journal store. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { InvariantError, type RunId } from '@medevac/kernel';
import { contract } from './implementations.ts';
import { newRun, staleTenure, stepRecord, takeTenure } from './sample-rows.ts';

const run = 'run' as RunId;

contract('JournalStore', (open) => {
  it('keeps a run as it was begun', async () => {
    const { journal } = await open();
    const input = { list: [1, null, 'ä'], nested: { deep: true } };
    assert.equal(await journal.createRun(newRun('run', { input, version: 3 })), 'created');
    assert.deepEqual(await journal.readRun(run), {
      ...newRun('run', { input, version: 3 }),
      state: 'running',
      cancelReason: null,
      result: null,
      error: null,
      finishedAtMs: null,
    });
    assert.equal(await journal.readRun('other' as RunId), undefined);
  });

  it('leaves a run that is there already as it is', async () => {
    const { journal } = await open();
    const both = [newRun('run'), newRun('run', { input: 'later' })];
    const answers = await Promise.all(both.map((each) => journal.createRun(each)));
    assert.deepEqual(answers, ['created', 'exists']);
    assert.deepEqual((await journal.readRun(run))?.input, { incident: 'i' });
  });

  it('lists running runs, oldest first, those of the same moment in the order they came', async () => {
    const stores = await open();
    const { journal } = stores;
    const tenure = await takeTenure(stores);
    for (const [id, createdAtMs] of [
      ['c', 5],
      ['b', 9],
      ['a', 5],
      ['ended', 1],
    ] as const)
      await journal.createRun(newRun(id, { createdAtMs }));
    await journal.finishRun(tenure, 'ended' as RunId, { state: 'failed', error: 'no' }, 9);
    assert.deepEqual(
      (await journal.runningRuns(10)).map(({ id }) => id),
      ['c', 'a', 'b'],
    );
    assert.deepEqual(
      (await journal.runningRuns(2)).map(({ id }) => id),
      ['c', 'a'],
    );
  });

  it('reads steps back in the order of their first attempts, whatever was replaced since', async () => {
    const stores = await open();
    const { journal } = stores;
    const tenure = await takeTenure(stores);
    await journal.createRun(newRun('run'));
    // The wall clock jumped back between the two: the order is that of the writes.
    await journal.writeStep(tenure, stepRecord('fence', { startedAtMs: 5_000 }));
    await journal.writeStep(tenure, stepRecord('evacuate/1', { startedAtMs: 4_000 }));
    const waiting = stepRecord('fence', {
      state: 'waiting',
      attempt: 2,
      startedAtMs: 5_000,
      nextAttemptAtMs: 9_000,
      error: { code: 'bmc_timeout', message: 'no answer', retry: 'unknown-outcome' },
    });
    const done = stepRecord('evacuate/1', { state: 'done', result: { kind: 'moved', to: ['c2'] } });
    assert.equal(await journal.writeStep(tenure, waiting), 'written');
    assert.equal(await journal.writeStep(tenure, done), 'written');
    assert.deepEqual(await journal.readSteps(run), [waiting, done]);
    assert.deepEqual(await journal.readSteps('other' as RunId), []);
  });

  it('keeps many steps that are written at once, and counts each as a beat', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    await stores.journal.createRun(newRun('run'));
    const paths = Array.from({ length: 50 }, (_, n) => `evacuate/${n}`);
    const answers = await Promise.all(
      paths.map((path) => stores.journal.writeStep(tenure, stepRecord(path))),
    );
    assert.deepEqual(new Set(answers), new Set(['written']));
    assert.deepEqual(
      (await stores.journal.readSteps(run)).map(({ path }) => path),
      paths,
    );
    assert.equal((await stores.leases.read('recovery'))?.beat, 50);
  });

  it('writes nothing under a tenure that is over', async () => {
    const stores = await open();
    const { journal } = stores;
    const tenure = await takeTenure(stores);
    const stale = await staleTenure(stores);
    await journal.createRun(newRun('run'));
    await journal.writeStep(tenure, stepRecord('fence'));
    const before = [await journal.readRun(run), await journal.readSteps(run)];
    const lease = await stores.leases.read(stale.lease);
    const writes = [
      journal.writeStep(stale, stepRecord('fence', { state: 'done' })),
      journal.writeStep(stale, stepRecord('new')),
      journal.finishRun(stale, run, { state: 'succeeded', result: 1 }, 9),
    ];
    assert.deepEqual(await Promise.all(writes), ['stale', 'stale', 'stale']);
    assert.deepEqual([await journal.readRun(run), await journal.readSteps(run)], before);
    assert.deepEqual(await stores.leases.read(stale.lease), lease);
  });

  it('writes nothing under a lease that was given back', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    await stores.journal.createRun(newRun('run'));
    await stores.leases.release(tenure);
    assert.equal(await stores.journal.writeStep(tenure, stepRecord('fence')), 'stale');
    assert.deepEqual(await stores.journal.readSteps(run), []);
  });

  it('carries out good writes beside stale and broken ones asked for at the same moment', async () => {
    const stores = await open();
    const { journal } = stores;
    const tenure = await takeTenure(stores);
    const stale = await staleTenure(stores);
    await journal.createRun(newRun('run'));
    const nowhere = stepRecord('x', { runId: 'nowhere' as RunId });
    const answers = await Promise.allSettled([
      journal.writeStep(tenure, stepRecord('first')),
      journal.writeStep(stale, stepRecord('stale')),
      journal.writeStep(tenure, nowhere),
      journal.writeStep(tenure, stepRecord('last')),
    ]);
    const said = answers.map((each): unknown =>
      each.status === 'fulfilled' ? each.value : each.reason,
    );
    assert.deepEqual([said[0], said[1], said[3]], ['written', 'stale', 'written']);
    assert.ok(said[2] instanceof InvariantError);
    assert.deepEqual(
      (await journal.readSteps(run)).map(({ path }) => path),
      ['first', 'last'],
    );
    assert.equal((await stores.leases.read('recovery'))?.beat, 2);
  });

  it('ends a run once: with a result, a failure or a cancellation', async () => {
    const stores = await open();
    const { journal } = stores;
    const tenure = await takeTenure(stores);
    const outcomes = [
      { state: 'succeeded', result: { moved: 20 } },
      { state: 'failed', error: 'no device' },
      { state: 'cancelled', error: 'operator' },
    ] as const;
    for (const outcome of outcomes) {
      const id = outcome.state as string as RunId;
      await journal.createRun(newRun(id));
      assert.equal(await journal.finishRun(tenure, id, outcome, 77), 'written');
      const again = await journal.finishRun(tenure, id, { state: 'failed', error: 'again' }, 99);
      assert.equal(again, 'stale');
      const { state, result, error, finishedAtMs } = { ...(await journal.readRun(id)) };
      const expected = { result: null, error: null, ...outcome, finishedAtMs: 77 };
      assert.deepEqual({ state, result, error, finishedAtMs }, expected);
    }
    assert.equal(
      await journal.finishRun(tenure, 'none' as RunId, { state: 'failed', error: '' }, 1),
      'stale',
    );
  });

  it('takes the first request to cancel a running run, from anybody, and none of an ended one', async () => {
    const stores = await open();
    const { journal } = stores;
    const tenure = await takeTenure(stores);
    await journal.createRun(newRun('run'));
    assert.equal(await journal.requestCancel(run, 'host came back'), true);
    assert.equal(await journal.requestCancel(run, 'operator'), true);
    const cancelled = await journal.readRun(run);
    assert.deepEqual([cancelled?.state, cancelled?.cancelReason], ['running', 'host came back']);
    await journal.finishRun(tenure, run, { state: 'cancelled', error: 'host came back' }, 9);
    assert.equal(await journal.requestCancel(run, 'late'), false);
    assert.equal(await journal.requestCancel('none' as RunId, 'who'), false);
  });

  it('keeps its own copy of what it was given and gives copies away', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    const result = { moved: ['a'] };
    await stores.journal.createRun(newRun('run'));
    await stores.journal.writeStep(tenure, stepRecord('plan', { state: 'done', result }));
    result.moved.push('b');
    const [first] = await stores.journal.readSteps(run);
    assert.ok(first !== undefined);
    (first.result as { moved: string[] }).moved.push('c');
    const [second] = await stores.journal.readSteps(run);
    assert.deepEqual(second?.result, { moved: ['a'] });
  });
});
