/**
 * Many seeded runs, their figures, and a report of each violation that anybody can repeat: the
 * seed, the smallest list of faults and the command.
 */
import { type Clock, systemClock } from '@medevac/kernel';
import { type FaultKind, faultLine } from './faults.ts';
import { minimise } from './minimise.ts';
import { type RunResult, runSeed } from './seeded-run.ts';

export interface FuzzOptions {
  /** Finds the smallest list of faults of a failing seed; on unless it is told otherwise. */
  readonly minimises?: boolean;
  /** Stops at the first violation. */
  readonly stopsAtFirst?: boolean;
  readonly onSeed?: (result: RunResult) => void;
  /** Measures how long the runs take. */
  readonly clock?: Clock;
}

export interface FuzzFailure {
  readonly seed: number;
  /** Everything to print: what broke, the faults that it takes, the command. */
  readonly text: string;
}

export interface FuzzFigures {
  readonly seeds: number;
  readonly from: number;
  readonly seconds: number;
  readonly seedsPerSecond: number;
  /** Dead hosts all of whose protected instances were brought back. One process uses one core. */
  readonly recoveredHosts: number;
  readonly recoveredHostsPerSecond: number;
  readonly virtualHours: number;
  /** Runs in which a false report met a host that was silent in Nova. */
  readonly outsideGuarantee: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly failures: readonly FuzzFailure[];
}

/** Runs `seeds` seeds, beginning with `from`. */
export async function fuzz(
  seeds: number,
  from: number,
  options: FuzzOptions = {},
): Promise<FuzzFigures> {
  const clock = options.clock ?? systemClock;
  const beganMs = clock.monotonicMs();
  const faults: Partial<Record<FaultKind, number>> = {};
  const failures: FuzzFailure[] = [];
  let [ran, recoveredHosts, virtualMs, outsideGuarantee] = [0, 0, 0, 0];
  for (let seed = from; seed < from + seeds; seed++) {
    const result = await runSeed(seed);
    ran += 1;
    recoveredHosts += result.recoveredHosts;
    virtualMs += result.virtualMs;
    outsideGuarantee += Number(result.isOutside);
    for (const { kind } of result.plan.faults) faults[kind] = (faults[kind] ?? 0) + 1;
    options.onSeed?.(result);
    if (result.violations.length === 0) continue;
    failures.push({ seed, text: await describeFailure(result, options) });
    if (options.stopsAtFirst === true) break;
  }
  const seconds = Math.max(1, clock.monotonicMs() - beganMs) / 1000;
  return {
    seeds: ran,
    from,
    seconds,
    seedsPerSecond: ran / seconds,
    recoveredHosts,
    recoveredHostsPerSecond: recoveredHosts / seconds,
    virtualHours: virtualMs / 3_600_000,
    outsideGuarantee,
    faults,
    failures,
  };
}

/** What somebody needs who has to find out why. */
async function describeFailure(result: RunResult, options: FuzzOptions): Promise<string> {
  const { plan } = result;
  const smallest = options.minimises === false ? undefined : await minimise(result);
  const shown = smallest?.result ?? result;
  const label = result.isOutside ? ' (outside the guarantee)' : '';
  return [
    `seed ${plan.seed}${label}: ${plan.hosts} hosts, ${plan.replicas} replicas`,
    ...shown.violations.map(
      (one) => `  ${(one.atMs / 1000).toFixed(3)} s: ${one.invariant}: ${one.text}`,
    ),
    `  with ${shown.plan.faults.length} of ${plan.faults.length} faults:`,
    ...shown.plan.faults.map((fault) => `    ${faultLine(fault)}`),
    `  repeat: medevac sim fuzz --seeds 1 --from ${plan.seed}`,
  ].join('\n');
}

/** The figures for people. */
export function describeFigures(figures: FuzzFigures): string {
  const kinds = Object.entries(figures.faults).toSorted((a, b) => b[1] - a[1]);
  return [
    `${figures.seeds} seeds from ${figures.from} in ${figures.seconds.toFixed(1)} s: ` +
      `${figures.seedsPerSecond.toFixed(1)} seeds/s, ` +
      `${figures.virtualHours.toFixed(1)} simulated hours`,
    `${figures.recoveredHosts} failed hosts recovered, ` +
      `${figures.recoveredHostsPerSecond.toFixed(0)} per second and core`,
    `${figures.outsideGuarantee} runs outside the guarantee`,
    `faults: ${kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')}`,
    `${figures.failures.length} seeds with violations`,
  ].join('\n');
}
