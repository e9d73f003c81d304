/**
 * One seeded run: a simulated cloud, real engines, monitors and faults on virtual time. First come
 * the faults, then all of them cease and the run must converge within the bound. The same plan
 * gives the same log, byte for byte.
 */
import { createHash } from 'node:crypto';
import { seededRandom } from '@medevac/kernel';
import { judge, type Violation } from '../invariants/invariant.ts';
import { END_INVARIANTS } from '../invariants/liveness.ts';
import { drawPlan } from './draw-plan.ts';
import { endFacts } from './end-facts.ts';
import { FAULTS_END_MS, faultLine, type RunPlan } from './faults.ts';
import { healWorld, LookingOperator } from './heal-world.ts';
import { injectFault } from './inject-fault.ts';
import { RunWorld } from './run-world.ts';

export interface RunResult {
  readonly plan: RunPlan;
  readonly violations: readonly Violation[];
  /** A false report met a host that was silent in Nova: what `trusted` cannot guarantee. */
  readonly isOutside: boolean;
  /** Dead hosts whose recovery ended. */
  readonly recoveredHosts: number;
  readonly virtualMs: number;
  readonly log: readonly string[];
  /** SHA-256 of the log. */
  readonly digest: string;
}

/** Within this time after the last fault everything has its final answer. */
const CONVERGE_MS = 3_600_000;
const LOOK_MS = 10_000;
/** Not at once: what the healed world still does, for instance a thawed guest, shows first. */
const AFTERMATH_MS = 60_000;

export const planOf = (seed: number): RunPlan => drawPlan(seed, seededRandom(seed).fork('plan'));

export async function runSeed(seed: number): Promise<RunResult> {
  return await runPlan(planOf(seed));
}

export async function runPlan(plan: RunPlan): Promise<RunResult> {
  const world = new RunWorld(plan);
  const { time } = world;
  await world.open();
  for (const fault of plan.faults) {
    const run = async (): Promise<void> => {
      await time.sleep(fault.atMs - time.monotonicMs());
      world.say(`fault ${fault.number}: ${faultLine(fault)}`);
      await injectFault(world, fault);
    };
    run().catch((error: unknown) => world.fail(`fault ${fault.number}`, error));
  }
  await time.advance(FAULTS_END_MS);
  healWorld(world);
  await time.advance(AFTERMATH_MS);
  const missing = await converge(world);
  world.close();
  const log = world.log;
  return {
    plan,
    violations: [...world.violations, ...missing],
    isOutside: world.isOutside,
    recoveredHosts: world.ledger.recovered,
    virtualMs: time.monotonicMs(),
    log,
    digest: createHash('sha256').update(log.join('\n')).digest('hex'),
  };
}

/** What is still missing when the time is up. */
async function converge(world: RunWorld): Promise<readonly Violation[]> {
  const { time } = world;
  const operator = new LookingOperator(world);
  const endMs = time.monotonicMs() + CONVERGE_MS;
  for (;;) {
    const where = { atMs: time.monotonicMs(), isOutside: world.isOutside };
    const missing = judge(END_INVARIANTS, await endFacts(world), where);
    if (missing.length === 0 || time.monotonicMs() >= endMs) return missing;
    await time.advance(LOOK_MS);
    operator.look();
  }
}
