/** How runs are put in order after a failure or a cancellation. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Interruption, Scope } from '../src/index.ts';
import { PATIENT, RUN, Workbench, World, workflow, worldFailed } from './workbench.ts';

class Cleanup {
  readonly bench = new Workbench();
  readonly world = new World(this.bench.clock);
  readonly interruptions: Interruption[] = [];
  begun = 0;

  readonly definition = workflow(
    async (scope) => {
      await scope.step('a', PATIENT, (attempt) => this.world.ensure(attempt, 'a'));
      await scope.step('long', PATIENT, async (attempt) => {
        await this.bench.clock.sleep(3_000_000, attempt.signal);
        return null;
      });
      await scope.step('b', PATIENT, (attempt) => this.world.ensure(attempt, 'b'));
      return null;
    },
    (scope, _input, interruption) => this.clean(scope, interruption),
  );

  async clean(scope: Scope, interruption: Interruption): Promise<void> {
    this.interruptions.push(interruption);
    await scope.step('undo', PATIENT, async (attempt) => {
      this.begun++;
      await this.world.ensure(attempt, 'undo');
      await this.bench.clock.sleep(5_000, attempt.signal);
      return null;
    });
    await scope.step('tell', PATIENT, (attempt) => this.world.ensure(attempt, 'tell'));
  }
}

describe('cancellation', () => {
  it('ends the run at its next opportunity, after its clean-up', async () => {
    const cleanup = new Cleanup();
    const { bench, world } = cleanup;
    await bench.begin(cleanup.definition);
    await bench.clock.advance(1_000);
    assert.equal(await bench.stores.journal.requestCancel(RUN, 'an operator said so'), true);
    const run = await bench.untilEnded(60_000);
    assert.deepEqual([run.state, run.error], ['cancelled', 'an operator said so']);
    assert.deepEqual(world.acts, ['a', 'undo', 'tell']);
    assert.deepEqual(cleanup.interruptions, [
      { state: 'cancelled', reason: 'an operator said so' },
    ]);
    assert.equal(await bench.stores.journal.requestCancel(RUN, 'again'), false);
  });

  it('cleans up once, even when the replica dies in the middle of it', async () => {
    const cleanup = new Cleanup();
    const { bench, world } = cleanup;
    const first = await bench.begin(cleanup.definition);
    await bench.clock.advance(1_000);
    await bench.stores.journal.requestCancel(RUN, 'an operator said so');
    await bench.clock.advance(5_000);
    assert.equal(cleanup.begun, 1, 'it is cleaning up');
    first.life.kill();
    bench.start({ definitions: [cleanup.definition] });
    const run = await bench.untilEnded();
    assert.equal(run.state, 'cancelled');
    assert.deepEqual(world.acts, ['a', 'undo', 'tell']);
    const journal = await bench.stores.journal.readSteps(RUN);
    const cleaned = journal.filter((step) => step.path.startsWith('interrupted/'));
    assert.deepEqual(
      cleaned.map((step) => [step.path, step.state]),
      [
        ['interrupted/undo', 'done'],
        ['interrupted/tell', 'done'],
      ],
    );
  });

  it('of a run that nobody carries is done by whoever takes it, without running its steps', async () => {
    const cleanup = new Cleanup();
    const { bench, world } = cleanup;
    const { runner } = await bench.begin(cleanup.definition);
    await bench.clock.advance(1_000);
    await runner.stop();
    await bench.stores.journal.requestCancel(RUN, 'too late');
    bench.start({ definitions: [cleanup.definition] });
    assert.equal((await bench.untilEnded()).state, 'cancelled');
    assert.deepEqual(world.acts, ['a', 'undo', 'tell']);
  });

  it('is not mistaken for the stop of a replica: a stopped one leaves no clean-up behind', async () => {
    const cleanup = new Cleanup();
    const { bench } = cleanup;
    const { runner } = await bench.begin(cleanup.definition);
    await bench.clock.advance(1_000);
    await runner.stop();
    assert.deepEqual(cleanup.interruptions, []);
    assert.equal((await bench.run()).state, 'running');
  });
});

describe('a failed run', () => {
  it('is cleaned up, and its failure kept', async () => {
    const cleanup = new Cleanup();
    const { bench, world } = cleanup;
    const definition = workflow(
      (scope) => scope.step('bad', PATIENT, () => Promise.reject(worldFailed('never'))),
      (scope, _input, interruption) => cleanup.clean(scope, interruption),
    );
    await bench.begin(definition);
    const run = await bench.untilEnded();
    assert.equal(run.state, 'failed');
    assert.match(run.error ?? '', /bad: the world failed/);
    assert.deepEqual(world.acts, ['undo', 'tell']);
    assert.equal(cleanup.interruptions[0]?.state, 'failed');
  });

  it('is cleaned up to the end by the next replica when the first one dies meanwhile', async () => {
    const cleanup = new Cleanup();
    const { bench, world } = cleanup;
    let attempts = 0;
    const definition = workflow(
      (scope) =>
        scope.step('bad', PATIENT, () => {
          attempts++;
          return Promise.reject(worldFailed('never'));
        }),
      (scope, _input, interruption) => cleanup.clean(scope, interruption),
    );
    const first = await bench.begin(definition);
    await bench.clock.advance(1_000);
    first.life.kill();
    bench.start({ definitions: [definition] });
    assert.equal((await bench.untilEnded()).state, 'failed');
    assert.equal(attempts, 1, 'the journaled failure is not tried again');
    assert.deepEqual(world.acts, ['undo', 'tell']);
  });

  it('whose clean-up fails is cleaned up again after a rest', async () => {
    const bench = new Workbench();
    let times = 0;
    const definition = workflow(
      (scope) => scope.step('bad', PATIENT, () => Promise.reject(worldFailed('never'))),
      async () => {
        if (++times < 4) throw worldFailed('after');
      },
    );
    await bench.begin(definition);
    assert.equal((await bench.untilEnded()).state, 'failed');
    assert.equal(times, 4);
  });
});
