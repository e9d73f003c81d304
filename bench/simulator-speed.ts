/**
 * How fast the simulator is: failed hosts of five instances recovered per second of processor time
 * of one core, by the real engine, workflow and memory stores in simulated clouds on virtual time,
 * with every invariant judged. Beside it the seeds of the ordinary fuzz, and what one host with
 * 1,000 instances costs.
 *
 *   node bench/simulator-speed.ts [--rounds 7] [--clouds 20] [--seeds 100] [--instances 1000]
 *
 * Exit code 1 when a run broke an invariant or a host was not recovered: its figures mean nothing.
 */
import { parseArgs } from 'node:util';
import { type Fault, FaultKind, fuzz, type RunPlan, runPlan } from '@medevac/simulator';
import { measureLargeHost } from './large-host.ts';
import { keep, spreadOf, spreadText } from './results.ts';

/** Room for one instance of a dead host on each other one: none that dies next is chosen. */
const HOSTS = 36;
const FAILED_HOSTS = 6;
const INSTANCES_PER_HOST = 5;
const FIRST_FAILURE_MS = 30_000;
const SPACING_MS = 20_000;
const REQUIRED_PER_SECOND = 100;
const AIM_PER_SECOND = 1_000;

interface Cost {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
}

/** Some hosts of a cloud crash one after the other and stay dead until the run heals. */
function planOf(seed: number): RunPlan {
  const faults = Array.from({ length: FAILED_HOSTS }, (_, number): Fault => {
    const atMs = FIRST_FAILURE_MS + number * SPACING_MS;
    const subject = HOSTS - number;
    return { number, kind: FaultKind.crash, atMs, forMs: 0, subject, how: 'stays', amount: 0 };
  });
  const size = { hosts: HOSTS, instancesPerHost: INSTANCES_PER_HOST, replicas: 1 };
  return { seed, ...size, isIntervalKnown: true, faults };
}

async function costOf(work: () => Promise<void>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const beganMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  const wallSeconds = (performance.now() - beganMs) / 1000;
  return { cpuSeconds: (user + system) / 1_000_000, wallSeconds };
}

async function recoverClouds(firstSeed: number, clouds: number): Promise<void> {
  for (let seed = firstSeed; seed < firstSeed + clouds; seed++) {
    const { recoveredHosts, violations } = await runPlan(planOf(seed));
    if (violations.length === 0 && recoveredHosts >= FAILED_HOSTS) continue;
    const broken = violations.map((one) => `${one.invariant}: ${one.text}`).join('; ');
    throw new Error(`cloud ${seed}: ${recoveredHosts} of ${FAILED_HOSTS} recovered; ${broken}`);
  }
}

async function fuzzSeeds(from: number, seeds: number): Promise<void> {
  const { failures } = await fuzz(seeds, from, { minimises: false });
  if (failures.length > 0) throw new Error(failures.map((one) => one.text).join('\n'));
}

/** Rounds of some work, each a number of units; the first one, which warms up, does not count. */
async function measure(
  rounds: number,
  units: number,
  work: (round: number) => Promise<void>,
): Promise<{ readonly perCpuSecond: string; readonly perSecond: string; readonly median: number }> {
  const costs: Cost[] = [];
  for (let round = 0; round <= rounds; round++) costs.push(await costOf(() => work(round)));
  const counted = costs.slice(1);
  const byCpu = spreadOf(counted.map((one) => Math.round(units / one.cpuSeconds)));
  const byWall = spreadOf(counted.map((one) => Math.round(units / one.wallSeconds)));
  return {
    perCpuSecond: spreadText(byCpu),
    perSecond: spreadText(byWall),
    median: byCpu.median,
  };
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    clouds: { type: 'string', default: '20' },
    seeds: { type: 'string', default: '100' },
    instances: { type: 'string', default: '1000' },
  },
});
const [rounds, clouds, seeds] = [values.rounds, values.clouds, values.seeds].map(Number) as [
  number,
  number,
  number,
];

const say = (...cells: readonly string[]): void => {
  const [first = '', second = '', third = ''] = cells;
  process.stdout.write(`${first.padEnd(44)}${second.padEnd(26)}${third}\n`.trimEnd() + '\n');
};

const recovered = await measure(rounds, clouds * FAILED_HOSTS, (round) =>
  recoverClouds(1 + round * clouds, clouds),
);
const fuzzed = await measure(rounds, seeds, () => fuzzSeeds(1, seeds));
const large = await measureLargeHost(Number(values.instances));
say(`median (least to most) of ${rounds} rounds`, 'per second and core', 'per second');
say('failed hosts of 5 instances recovered', recovered.perCpuSecond, recovered.perSecond);
say(`  required ${REQUIRED_PER_SECOND}, the aim ${AIM_PER_SECOND}`);
say('seeds of `medevac sim fuzz`', fuzzed.perCpuSecond, fuzzed.perSecond);
const { before, most, after } = large.heapMiB;
const heapText = [before, most, after].map((one) => one.toFixed(1)).join(', ');
say('');
say(`one host of ${large.instances} instances`);
say('  its plan, processor time', `${large.planMs.toFixed(1)} ms`);
say('  its recovery, processor time', `${large.recoveryMs.toFixed(0)} ms`);
say('  heap before, at most, after', heapText, 'MiB');
keep('simulator-speed', { recovered, fuzzed, large });
