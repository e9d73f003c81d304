/** Leases between replicas: who may act, when a run changes hands, what a stale holder does. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  LEASE_MS,
  type Life,
  PATIENT,
  RUN,
  replacing,
  Workbench,
  World,
  workflow,
  worldFailed,
} from './workbench.ts';

const HOUR_MS = 3_600_000;

/** A run that sleeps forever, so that only its lease matters. */
const sleeper = (bench: Workbench) =>
  workflow((scope) =>
    scope.step('sleep', PATIENT, async (attempt) => {
      await bench.clock.sleep(HOUR_MS, attempt.signal);
      return null;
    }),
  );

const holderOf = async (bench: Workbench) => (await bench.stores.leases.read(`run/${RUN}`))?.holder;

describe('takeover', () => {
  for (const hours of [0, 5, -5]) {
    const wallAheadMs = hours * HOUR_MS;
    it(`comes after a whole lease without a beat, clocks ${hours} h apart`, async () => {
      const bench = new Workbench();
      const definition = sleeper(bench);
      const first = await bench.begin(definition);
      bench.start({ definitions: [definition], wallAheadMs });
      await bench.clock.advance(5 * LEASE_MS);
      assert.equal(await holderOf(bench), 'replica-1', 'a living holder keeps its run');
      const lastBeat = await bench.stores.leases.read(`run/${RUN}`);
      first.life.kill();
      await bench.clock.advance(LEASE_MS - 2_000);
      assert.equal(await holderOf(bench), 'replica-1');
      await bench.clock.advance(2_000 + LEASE_MS / 2);
      assert.equal(await holderOf(bench), 'replica-2');
      const taken = await bench.stores.leases.read(`run/${RUN}`);
      assert.equal(taken?.epoch, (lastBeat?.epoch ?? 0) + 1);
    });
  }

  it('by a challenger that starts late still waits a whole lease of its own clock', async () => {
    const bench = new Workbench();
    const definition = sleeper(bench);
    const first = await bench.begin(definition);
    await bench.clock.advance(1_000);
    first.life.kill();
    await bench.clock.advance(10 * LEASE_MS);
    bench.start({ definitions: [definition] });
    await bench.clock.advance(LEASE_MS - 100);
    assert.equal(await holderOf(bench), 'replica-1');
    await bench.clock.advance(LEASE_MS / 2);
    assert.equal(await holderOf(bench), 'replica-2');
  });

  it('by the only process of a journal comes at once', async () => {
    const bench = new Workbench();
    const definition = sleeper(bench);
    const first = await bench.begin(definition);
    await bench.clock.advance(1_000);
    first.life.kill();
    bench.start({ definitions: [definition], isSoleProcess: true });
    await bench.clock.advance(1);
    assert.equal(await holderOf(bench), 'replica-2');
  });

  it('of one run is won by one of many challengers', async () => {
    const bench = new Workbench();
    const world = new World(bench.clock);
    let executions = 0;
    const definition = workflow(async (scope) => {
      executions++;
      await scope.step('one', PATIENT, async (attempt) => {
        await bench.clock.sleep(20 * LEASE_MS, attempt.signal);
        return await world.ensure(attempt, 'a');
      });
      return null;
    });
    const first = await bench.begin(definition);
    await bench.clock.advance(1_000);
    first.life.kill();
    for (let number = 0; number < 5; number++) bench.start({ definitions: [definition] });
    await bench.untilEnded();
    assert.equal(executions, 2);
    assert.deepEqual(world.acts, ['a']);
  });

  it('takes the right to act from a paused holder: it neither acts nor writes when it wakes', async () => {
    const bench = new Workbench();
    const world = new World(bench.clock);
    const acting: string[] = [];
    const definition = (name: string, life: () => Life | undefined) =>
      workflow(async (scope) => {
        await scope.step('prepare', PATIENT, async () => null);
        await scope.step('act', PATIENT, async (attempt) => {
          await bench.clock.sleep(3_000, attempt.signal);
          await life()?.breathe();
          // What was observed before the pause is still believed here.
          await attempt.effect(async () => {
            acting.push(name);
            await world.act('a');
          });
          return name;
        });
        return name;
      });
    const paused: { life?: Life } = {};
    const first = await bench.begin(definition('first', () => paused.life));
    await bench.clock.advance(1_000);
    paused.life = first.life;
    first.life.pause();
    bench.start({ definitions: [definition('second', () => undefined)] });
    const run = await bench.untilEnded();
    assert.equal(run.result, 'second');
    const steps = await bench.stores.journal.readSteps(RUN);
    first.life.resume();
    await bench.clock.advance(5 * LEASE_MS);
    assert.deepEqual(acting, ['second']);
    assert.deepEqual(await bench.stores.journal.readSteps(RUN), steps);
    assert.equal((await bench.run()).result, 'second');
    assert.equal(first.runner.carriedRuns, 0);
  });

  it('is known to a holder whose write was refused: it stops and the next one finishes', async () => {
    const bench = new Workbench();
    let executions = 0;
    let hasActed = false;
    const definition = workflow((scope) =>
      scope.step('one', PATIENT, async (attempt) => {
        if (++executions > 1) return 'second life';
        const row = await bench.stores.leases.read(`run/${RUN}`);
        await bench.stores.leases.take(`run/${RUN}`, row, 'stranger' as never);
        await attempt.effect(async () => {
          hasActed = true;
        });
        return 'first life';
      }),
    );
    await bench.begin(definition);
    assert.equal((await bench.untilEnded()).result, 'second life');
    assert.equal(hasActed, false);
  });
});

describe('a holder', () => {
  /** Leases whose renewal fails in the given way, beginning at a moment. */
  const brokenRenewal = (bench: Workbench, fromMs: number, fail: () => Promise<boolean>) =>
    replacing(bench.stores.leases, {
      renew: (tenure) =>
        bench.clock.monotonicMs() < fromMs ? bench.stores.leases.renew(tenure) : fail(),
    });

  for (const [title, fail] of [
    ['fail', () => Promise.reject(new Error('no database'))],
    ['hang', () => new Promise<boolean>(() => {})],
  ] as const) {
    it(`stops acting by 60 % of its lease when its beats ${title}`, async () => {
      const bench = new Workbench();
      let stoppedAtMs = 0;
      const definition = workflow((scope) =>
        scope.step('work', PATIENT, async (attempt) => {
          attempt.signal.addEventListener('abort', () => {
            stoppedAtMs ||= bench.clock.monotonicMs();
          });
          await bench.clock.sleep(HOUR_MS, attempt.signal);
          return null;
        }),
      );
      const brokenFromMs = 21_000;
      const leases = brokenRenewal(bench, brokenFromMs, fail);
      const replica = bench.start({ definitions: [definition], leases });
      await replica.runner.submit({ id: RUN, workflow: 'test', input: null });
      await bench.clock.advance(60_000);
      assert.ok(stoppedAtMs > brokenFromMs, 'it acts while its beats succeed');
      // The last good beat was sent at most one beat before; a look is a twentieth of the lease.
      assert.ok(stoppedAtMs <= brokenFromMs + LEASE_MS * 0.65, `stopped at ${stoppedAtMs}`);
    });
  }

  it('survives single failing beats', async () => {
    const bench = new Workbench();
    let beats = 0;
    const leases = replacing(bench.stores.leases, {
      renew: (tenure) =>
        ++beats % 2 === 0
          ? Promise.reject(new Error('no database'))
          : bench.stores.leases.renew(tenure),
    });
    let executions = 0;
    const definition = workflow((scope) => {
      executions++;
      return scope.step('work', PATIENT, async (attempt) => {
        await bench.clock.sleep(20 * LEASE_MS, attempt.signal);
        return null;
      });
    });
    const replica = bench.start({ definitions: [definition], leases });
    await replica.runner.submit({ id: RUN, workflow: 'test', input: null });
    assert.equal((await bench.untilEnded()).state, 'succeeded');
    assert.equal(executions, 1);
  });
});

describe('stopping', () => {
  it('interrupts the runs where they are, gives the leases back, and the next runner continues at once', async () => {
    const bench = new Workbench();
    const world = new World(bench.clock);
    const definition = workflow(async (scope) => {
      await scope.step('a', PATIENT, (attempt) => world.ensure(attempt, 'a'));
      await scope.step('pause', PATIENT, async (attempt) => {
        await bench.clock.sleep(30_000, attempt.signal);
        return null;
      });
      await scope.step('b', PATIENT, (attempt) => world.ensure(attempt, 'b'));
      return 'end';
    });
    const first = await bench.begin(definition);
    await bench.clock.advance(1_000);
    assert.equal(first.runner.carriedRuns, 1);
    await first.runner.stop();
    assert.equal(first.runner.carriedRuns, 0);
    assert.equal(await holderOf(bench), null);
    assert.equal((await bench.run()).state, 'running');
    const stoppedAtMs = bench.clock.monotonicMs();
    bench.start({ definitions: [definition] });
    assert.equal((await bench.untilEnded()).result, 'end');
    assert.ok(bench.clock.monotonicMs() - stoppedAtMs < 31_000, 'no lease was waited for');
    assert.deepEqual(world.acts, ['a', 'b']);
  });

  it('begins nothing any more', async () => {
    const bench = new Workbench();
    const definition = sleeper(bench);
    const replica = bench.start({ definitions: [definition] });
    await replica.runner.stop();
    await replica.runner.submit({ id: RUN, workflow: 'test', input: null });
    await bench.clock.advance(5 * LEASE_MS);
    assert.equal(replica.runner.carriedRuns, 0);
    assert.equal(await holderOf(bench), undefined);
  });
});

describe('a run', () => {
  it('of a version that nobody here knows is left alone until a replica of that release comes', async () => {
    const bench = new Workbench();
    const definition = workflow(async () => 'by version 1');
    bench.start({ definitions: [{ ...definition, version: 2 }] });
    await bench.stores.journal.createRun({
      id: RUN,
      workflow: 'test',
      version: 1,
      input: null,
      createdAtMs: 0,
    });
    await bench.clock.advance(10 * LEASE_MS);
    assert.equal((await bench.run()).state, 'running');
    assert.equal(await holderOf(bench), undefined);
    bench.start({ definitions: [definition, { ...definition, version: 2 }] });
    assert.equal((await bench.untilEnded()).result, 'by version 1');
  });

  it('is begun under the newest version, once', async () => {
    const bench = new Workbench();
    const body = (version: number) => ({ ...workflow(async () => version), version });
    const { runner } = bench.start({ definitions: [body(2), body(10), body(9)] });
    const request = { id: RUN, workflow: 'test', input: null };
    assert.deepEqual(
      [await runner.submit(request), await runner.submit(request)],
      ['created', 'exists'],
    );
    assert.equal((await bench.untilEnded()).result, 10);
  });

  it('rests when something failed between its steps for a moment, and is carried on', async () => {
    const bench = new Workbench();
    let failures = 3;
    const definition = workflow(async (scope) => {
      await scope.step('one', PATIENT, async () => null);
      if (failures-- > 0) throw worldFailed('after');
      return 'end';
    });
    await bench.begin(definition);
    const run = await bench.untilEnded();
    assert.deepEqual([run.state, run.result], ['succeeded', 'end']);
  });
});
