/**
 * Carries out a run of mutations: one snapshot of the workspace, a patched copy of it per mutation,
 * a process of its own per hunt, two at a time. The control is the snapshot without a patch, over
 * the same seeds and the same plans.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { forEachBounded, messageOf, systemClock } from '@medevac/kernel';
import { differentPlans, isDirected } from './directed-plans.ts';
import type { Hunt, HuntRequest } from './hunt-seeds.ts';
import type { Mutation } from './mutation.ts';
import { applyMutation, copyWorkspace } from './workspace-copy.ts';

export interface MutationRun {
  readonly root: string;
  readonly mutations: readonly Mutation[];
  /** Budget of each mutation. */
  readonly seeds: number;
  readonly from: number;
  /** Seeds of the product as it is: at least the budget. */
  readonly control: number;
  readonly write: (text: string) => void;
}

/** A clean control seed and a mutation that was noticed have passed. */
export interface MutationCounts {
  readonly passed: number;
  readonly failed: number;
}

const AT_A_TIME = 2;
const CONTROL_CHUNK = 250;
/** Of one hunt: a patch that lets a run stand still must not stop everything. */
const HUNT_MS = 300_000;
const ENTRY = join('packages', 'simulator', 'mutations', 'hunt.ts');

interface Job {
  readonly run: () => Promise<MutationCounts>;
}

interface Place {
  readonly folder: string;
  readonly snapshot: string;
}

export async function runMutations(run: MutationRun): Promise<MutationCounts> {
  const folder = await mkdtemp(join(tmpdir(), 'medevac-mutations-'));
  try {
    const place = { folder, snapshot: join(folder, 'snapshot') };
    await copyWorkspace(run.root, place.snapshot);
    const names = run.mutations.map((one) => one.name);
    run.write(
      row(['mutation', 'seeds until found', 'caught by', 'seconds', 'rule'], widthOf(names)),
    );
    const jobs = [
      ...run.mutations.map((mutation) => ({ run: () => tryMutation(run, place, mutation) })),
      ...controlJobs(run, place),
    ];
    return await sumOf(jobs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sumOf(jobs: readonly Job[]): Promise<MutationCounts> {
  let [passed, failed] = [0, 0];
  const { signal } = new AbortController();
  await forEachBounded(
    jobs,
    AT_A_TIME,
    async (job) => {
      const counts = await job.run();
      passed += counts.passed;
      failed += counts.failed;
    },
    signal,
  );
  return { passed, failed };
}

/** Shows the mutation's row; it fails when it is not noticed or cannot be made. */
async function tryMutation(
  run: MutationRun,
  { folder, snapshot }: Place,
  mutation: Mutation,
): Promise<MutationCounts> {
  const beganMs = systemClock.monotonicMs();
  const width = widthOf(run.mutations.map((one) => one.name));
  const show = (found: string, by: string): void => {
    const seconds = ((systemClock.monotonicMs() - beganMs) / 1000).toFixed(1);
    run.write(row([mutation.name, found, by, seconds, mutation.rule], width));
  };
  const copy = join(folder, mutation.name);
  try {
    await cp(snapshot, copy, { recursive: true, verbatimSymlinks: true });
    await applyMutation(copy, mutation);
    const { seeds, from } = run;
    const plansOf = isDirected(mutation.name) ? mutation.name : null;
    const { seeds: ran, caught } = await hunt(copy, { seeds, from, plansOf });
    if (caught === null) {
      show(`not in ${ran}`, 'SURVIVED');
      return { passed: 0, failed: 1 };
    }
    show(String(ran), caught.invariant);
    return { passed: 1, failed: 0 };
  } catch (error) {
    show('-', 'FAILED');
    run.write(`  ${messageOf(error)}`);
    return { passed: 0, failed: 1 };
  }
}

function controlJobs(run: MutationRun, { snapshot }: Place): readonly Job[] {
  const directed = differentPlans(run.mutations.map((one) => one.name));
  const wanted = [
    { plansOf: null, seeds: run.control },
    ...directed.map((plansOf) => ({ plansOf, seeds: run.seeds })),
  ];
  return wanted.flatMap(({ plansOf, seeds }) => {
    const chunks = Math.ceil(seeds / CONTROL_CHUNK);
    return Array.from({ length: chunks }, (_, index) => {
      const from = run.from + index * CONTROL_CHUNK;
      const size = Math.min(CONTROL_CHUNK, seeds - index * CONTROL_CHUNK);
      return { run: () => tryControl(run, snapshot, { plansOf, from, seeds: size }) };
    });
  });
}

/** Goes on behind a seed that breaks something, so that every one of them is shown. */
async function tryControl(
  run: MutationRun,
  snapshot: string,
  request: HuntRequest,
): Promise<MutationCounts> {
  let [passed, failed, left] = [0, 0, request];
  while (left.seeds > 0) {
    let found: Hunt;
    try {
      found = await hunt(snapshot, left);
    } catch (error) {
      run.write(`without a patch, from seed ${left.from}: ${messageOf(error)}`);
      return { passed, failed: failed + left.seeds };
    }
    const { seeds, caught } = found;
    failed += Number(caught !== null);
    passed += seeds - Number(caught !== null);
    if (caught !== null) {
      const plans = request.plansOf === null ? '' : ` with the plans of ${request.plansOf}`;
      const { seed, invariant, text } = caught;
      run.write(`without a patch${plans}, seed ${seed} breaks ${invariant}: ${text}`);
      for (const line of caught.faults) run.write(`    ${line}`);
      if (plans === '') run.write(`  repeat: medevac sim fuzz --seeds 1 --from ${seed}`);
    }
    left = { ...left, from: left.from + seeds, seeds: left.seeds - seeds };
  }
  return { passed, failed };
}

async function hunt(copy: string, request: HuntRequest): Promise<Hunt> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(copy, ENTRY), JSON.stringify(request)],
    { cwd: copy, timeout: HUNT_MS },
  );
  return JSON.parse(stdout) as Hunt;
}

const widthOf = (names: readonly string[]): number => Math.max(...names.map((one) => one.length));

const row = (cells: readonly string[], width: number): string =>
  [width, 17, 31, 7, 0]
    .map((size, index) => (cells[index] ?? '').padEnd(size))
    .join('  ')
    .trimEnd();
