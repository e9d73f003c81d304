/**
 * A replica that dies around any write of a recovery to reserved hosts: another one goes on, and
 * the reserved hosts end as used or as they were before.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EngineBench } from './engine-bench.ts';
import { assertAsBefore, openReserved, reservations, whereTo } from './reserved-bench.ts';

/** Calls around which it dies: each that writes anywhere. */
const WRITES: readonly (readonly [string, readonly string[]])[] = [
  ['nova', ['changeService', 'evacuate', 'resetState']],
  ['aggregates', ['addHost', 'removeHost']],
  ['reservations', ['reserve', 'note', 'move', 'releaseEnded']],
  ['journal', ['writeStep', 'finishRun']],
  ['vmoves', ['plan', 'change']],
  ['incidents', ['move', 'addEvent']],
];
const MOST_POINTS = 1_000;

type Methods = Record<string, (...parameters: unknown[]) => Promise<unknown>>;

/** Kills the first replica before or after its write of that number; another one starts. */
function dieAt(
  bench: EngineBench,
  point: number,
  when: 'before' | 'after',
  died: () => void,
): void {
  let count = 0;
  const die = (): void => {
    died();
    bench.replicas[0]?.kill();
    bench.start({ settings: { addsReservedHostToAggregates: true } });
  };
  for (const [name, methods] of WRITES) {
    const parts = { nova: bench.nova, aggregates: bench.aggregates, ...bench.stores };
    const port = Reflect.get(parts, name) as Methods;
    for (const method of methods) {
      const act = port[method]!.bind(port);
      port[method] = async (...parameters) => {
        const isHere = ++count === point;
        if (isHere && when === 'before') {
          die();
          return await new Promise(() => {});
        }
        const answer = await act(...parameters);
        if (isHere) die();
        return answer;
      };
    }
  }
}

/** `r1` refuses what comes, so Nova's choice takes everything and `r1` is given back. */
async function given(): Promise<EngineBench> {
  const bench = await openReserved('rh_priority', 2, { r1: 5 });
  bench.nova.host('r1').failingClaims = 1_000;
  bench.aggregates.add('dead', 'alive-1');
  return bench;
}

/** Everything goes to `r1`. */
async function taken(): Promise<EngineBench> {
  const bench = await openReserved('reserved_host', 2, { r1: 5 });
  bench.aggregates.add('dead', 'alive-1');
  return bench;
}

async function isOver(bench: EngineBench): Promise<boolean> {
  const open = await bench.stores.reservations.listOpen(10);
  return (await bench.incident())?.state === 'recovered' && open.length === 0;
}

async function dieEverywhere(
  open: () => Promise<EngineBench>,
  check: (bench: EngineBench) => Promise<void>,
): Promise<number> {
  let points = 0;
  for (const when of ['before', 'after'] as const) {
    for (let point = 1; point < MOST_POINTS; point++) {
      const bench = await open();
      let hasDied = false;
      dieAt(bench, point, when, () => {
        hasDied = true;
      });
      try {
        await bench.crashAndReport({ settings: { addsReservedHostToAggregates: true } });
        await bench.until(() => isOver(bench), 900_000, 5_000);
        assert.deepEqual(bench.nova.violations, []);
        await check(bench);
      } catch (error) {
        throw new Error(`died ${when} write ${point}`, { cause: error });
      }
      if (!hasDied) break;
      points += 1;
    }
  }
  return points;
}

describe('a replica that dies in a recovery to reserved hosts', () => {
  it('leaves no reserved host changed that was not needed', async (context) => {
    const points = await dieEverywhere(given, async (bench) => {
      assert.deepEqual(await reservations(bench), ['r1 given_back']);
      assertAsBefore(bench, 'r1');
      assert.deepEqual(bench.aggregates.hostsOf(1), ['dead', 'alive-1']);
      assert.deepEqual(whereTo(bench), { 'alive-1': 1, 'alive-2': 1 });
    });
    assert.ok(points > 60, `${points} points`);
    context.diagnostic(`crash points: ${points} writes of a reserved host given back`);
  });

  it('uses the same reserved host, and no second one', async (context) => {
    const points = await dieEverywhere(taken, async (bench) => {
      assert.deepEqual(await reservations(bench), ['r1 used']);
      assert.deepEqual(whereTo(bench), { r1: 2 });
      assert.deepEqual(bench.aggregates.hostsOf(1), ['dead', 'alive-1', 'r1']);
      assert.equal(bench.nova.starts.length, 2);
    });
    assert.ok(points > 40, `${points} points`);
    context.diagnostic(`crash points: ${points} writes of a reserved host that is used`);
  });
});
