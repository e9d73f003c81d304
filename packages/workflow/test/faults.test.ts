/** A journal that cannot be written for a while, and random workflows under random crashes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { invariant, type Json, OperationalError, type Random, seededRandom } from '@medevac/kernel';
import fc from 'fast-check';
import type { JournalStore, Scope, WorkflowDefinition } from '../src/index.ts';
import {
  type Life,
  PATIENT,
  type Replica,
  RUN,
  Workbench,
  World,
  workflow,
  worldFailed,
} from './workbench.ts';

const diskFull = (): OperationalError =>
  new OperationalError({ code: 'store_full', retry: 'after', advice: 'none' }, 'no space left');

type Fault = 'none' | 'before' | 'after';

/** A journal whose writes fail before or after they are carried out, as `fault` tells for each. */
function faulty(journal: JournalStore, fault: () => Fault): JournalStore {
  const broken = async <T>(write: () => Promise<T>): Promise<T> => {
    const kind = fault();
    if (kind === 'before') throw diskFull();
    const answer = await write();
    if (kind === 'after') throw diskFull();
    return answer;
  };
  return {
    createRun: (run) => journal.createRun(run),
    readRun: (id) => journal.readRun(id),
    runningRuns: (limit) => journal.runningRuns(limit),
    readSteps: (id) => journal.readSteps(id),
    requestCancel: (id, reason) => journal.requestCancel(id, reason),
    writeStep: (tenure, step) => broken(() => journal.writeStep(tenure, step)),
    finishRun: (tenure, id, outcome, atMs) =>
      broken(() => journal.finishRun(tenure, id, outcome, atMs)),
  };
}

describe('a journal that cannot be written', () => {
  for (const kind of ['before', 'after'] as const) {
    for (const failures of [1, 2, 3, 5, 9]) {
      it(`loses nothing when ${failures} writes fail ${kind} they are carried out`, async () => {
        const bench = new Workbench();
        const world = new World(bench.clock);
        let left = failures;
        const journal = faulty(bench.stores.journal, () => (left-- > 0 ? kind : 'none'));
        let lives = 0;
        const definition = workflow(async (scope) => {
          lives++;
          await scope.step('plain', PATIENT, async () => 1);
          for (const name of ['a', 'b']) {
            await scope.step(name, PATIENT, (attempt) => world.ensure(attempt, name));
          }
          return 'end';
        });
        const { runner } = bench.start({ definitions: [definition], journal });
        await runner.submit({ id: RUN, workflow: 'test', input: null });
        await bench.clock.advance(200);
        assert.equal((await bench.run()).state, 'running', 'it rests before it is tried again');
        assert.equal((await bench.untilEnded()).result, 'end');
        assert.deepEqual(world.acts, ['a', 'b']);
        assert.ok(lives >= 2);
      });
    }
  }

  it('is asked less and less often while it stays broken', async () => {
    const bench = new Workbench();
    let lives = 0;
    const journal = faulty(bench.stores.journal, () => 'before');
    const definition = workflow(async (scope) => {
      lives++;
      return await scope.step('plain', PATIENT, async () => 1);
    });
    const { runner } = bench.start({ definitions: [definition], journal });
    await runner.submit({ id: RUN, workflow: 'test', input: null });
    await bench.clock.advance(600_000);
    assert.ok(lives > 15 && lives < 60, `${lives} lives in ten minutes`);
    assert.equal((await bench.run()).state, 'running');
  });
});

describe('a write of a store that breaks a promise of our own code', () => {
  const breaks = (scope: Scope): Promise<string> =>
    scope.write<string>(async () => {
      invariant(false, 'an incident cannot go from held to evacuating');
      return 'written';
    });

  for (const where of ['in a step', 'between two steps']) {
    it(`${where} ends the run as failed, with the reason, and is not repeated`, async () => {
      const bench = new Workbench();
      let lives = 0;
      const interruptions: string[] = [];
      const definition = workflow(
        async (scope) => {
          lives++;
          if (where === 'in a step') return await scope.step('one', PATIENT, () => breaks(scope));
          return await breaks(scope);
        },
        async (_scope, _input, { reason }) => {
          interruptions.push(reason);
        },
      );
      await bench.begin(definition);
      const run = await bench.untilEnded(30_000);
      assert.equal(run.state, 'failed');
      assert.match(run.error ?? '', /cannot go from held to evacuating/);
      assert.deepEqual(interruptions, [run.error]);
      await bench.clock.advance(120_000);
      assert.equal(lives, 1);
    });
  }
});

type Plan =
  | { readonly kind: 'plain' | 'effect' | 'flaky' | 'lost-reply' }
  | { readonly kind: 'children'; readonly of: readonly ('effect' | 'lost-reply')[] };

const leaf = fc.constantFrom('effect' as const, 'lost-reply' as const);
const plans: fc.Arbitrary<readonly Plan[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constantFrom('plain', 'effect', 'flaky', 'lost-reply') }),
    fc.record({
      kind: fc.constant('children' as const),
      of: fc.array(leaf, { minLength: 1, maxLength: 4 }),
    }),
  ) as fc.Arbitrary<Plan>,
  { minLength: 1, maxLength: 5 },
);

/** Carries a random workflow through random faults; one replica lives at a time. */
class Trial {
  readonly bench = new Workbench();
  readonly world = new World(this.bench.clock);
  readonly expected: string[] = [];
  readonly #plan: readonly Plan[];
  readonly #chance: Random;
  #faults = 12;

  constructor(plan: readonly Plan[], seed: number) {
    this.#plan = plan;
    this.#chance = seededRandom(seed);
    plan.forEach((one, index) => {
      if (one.kind === 'children') this.expected.push(...one.of.map((_, n) => `${index}-${n}`));
      else if (one.kind !== 'plain') this.expected.push(`${index}`);
    });
  }

  async run(): Promise<void> {
    const { bench } = this;
    let replica = this.#start();
    await replica.runner.submit({ id: RUN, workflow: 'test', input: null });
    for (let turn = 0; turn < 2_000; turn++) {
      if ((await bench.run()).state !== 'running') return;
      await bench.clock.advance(this.#chance.next() < 0.5 ? 1 : 700);
      if (this.#faults > 0 && this.#chance.next() < 0.15) {
        this.#faults--;
        replica.life.kill();
        replica = this.#start();
      }
    }
    throw new Error('the run did not end');
  }

  #start(): Replica {
    const fault = (): Fault => {
      if (this.#faults <= 0 || this.#chance.next() >= 0.1) return 'none';
      this.#faults--;
      return this.#chance.next() < 0.5 ? 'before' : 'after';
    };
    const started: { replica?: Replica } = {};
    const definition = this.#definition(() => started.replica?.life);
    const journal = faulty(this.bench.stores.journal, fault);
    const replica = this.bench.start({ definitions: [definition], journal });
    started.replica = replica;
    return replica;
  }

  #definition(life: () => Life | undefined): WorkflowDefinition {
    const effect = (scope: Scope, kind: Plan['kind'], name: string): Promise<Json> =>
      scope.step('work', PATIENT, async (attempt) => {
        if (kind === 'flaky' && attempt.number === 1) throw worldFailed('after');
        await life()?.breathe();
        if (this.world.count(name) > 0) return name;
        await attempt.effect(() => this.world.act(name, life()));
        if (kind === 'lost-reply' && attempt.number === 1) throw worldFailed('unknown-outcome');
        return name;
      });
    return workflow(async (scope) => {
      for (const [index, one] of this.#plan.entries()) {
        if (one.kind === 'plain') {
          await scope.step(`plain-${index}`, PATIENT, async () => index);
          continue;
        }
        const children = one.kind === 'children' ? one.of : [one.kind];
        const keys = children.map((kind, n) => ({
          kind,
          name: one.kind === 'children' ? `${index}-${n}` : `${index}`,
        }));
        const options = { key: (item: { readonly name: string }) => item.name, concurrency: 2 };
        await scope.forEach(`each-${index}`, keys, options, async (child, { kind, name }) => {
          await effect(child, kind, name);
        });
      }
      return 'end';
    });
  }
}

describe('any workflow under any crashes', () => {
  it('ends with each effect exactly once when its steps observe before they act', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.integer(), async (plan, seed) => {
        const trial = new Trial(plan, seed);
        await trial.run();
        assert.deepEqual(trial.world.acts.toSorted(), trial.expected.toSorted());
        assert.equal((await trial.bench.run()).state, 'succeeded');
        const steps = await trial.bench.stores.journal.readSteps(RUN);
        assert.ok(steps.every((step) => step.state === 'done'));
      }),
      { numRuns: 60 },
    );
  });
});
