/**
 * Medevac over the bare script, in alternating pairs on one machine: the ratios bind, the seconds
 * inform (design section 10).
 *
 *   node bench/host-recovery.ts [--instances 20] [--pairs 5] [--bound 1.5]
 *
 * Exit code 1 when the median ratio of the last instance is above the bound.
 */
import { parseArgs } from 'node:util';
import { bringUp } from '../testbed/openstack/harness/bed.ts';
import { progress } from '../testbed/openstack/harness/waiting.ts';
import { type CaseResult, measureCase, type Side } from './recovery-case.ts';
import { keep, spreadOf, spreadText } from './results.ts';

const UP_TIMEOUT_MS = 420_000;
const MEASURES = ['firstSeconds', 'medianSeconds', 'lastSeconds'] as const;

interface Pair {
  readonly floor: CaseResult;
  readonly medevac: CaseResult;
}

/** One pair; which side goes first alternates, so that a drift of the machine hits both. */
async function measurePair(index: number, instances: number): Promise<Pair> {
  const order: readonly Side[] = index % 2 === 0 ? ['floor', 'medevac'] : ['medevac', 'floor'];
  const results = new Map<Side, CaseResult>();
  for (const side of order) {
    const result = await measureCase(side, instances);
    progress(JSON.stringify(result));
    keep('host-recovery', { pair: index, ...result });
    results.set(side, result);
  }
  const [floor, medevac] = [results.get('floor'), results.get('medevac')];
  if (floor === undefined || medevac === undefined) throw new Error('a side was not measured');
  return { floor, medevac };
}

/** Prints one row per measure and answers the median ratio of the last instance. */
function report(pairs: readonly Pair[], instances: number): number {
  process.stdout.write(`${instances} instances, ${pairs.length} alternating pairs, median `);
  process.stdout.write('(least to most)\n');
  for (const measure of MEASURES) {
    const of = (side: Side): string =>
      spreadText(spreadOf(pairs.map((pair) => pair[side][measure])));
    const ratios = pairs.map((pair) => pair.medevac[measure] / pair.floor[measure]);
    const row = `floor ${of('floor')} s, medevac ${of('medevac')} s`;
    const ratio = spreadText(spreadOf(ratios));
    process.stdout.write(`${measure.replace('Seconds', '').padEnd(7)}${row}, ratio ${ratio}\n`);
  }
  return spreadOf(pairs.map((pair) => pair.medevac.lastSeconds / pair.floor.lastSeconds)).median;
}

const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: '20' },
    pairs: { type: 'string', default: '5' },
    bound: { type: 'string', default: '1.5' },
  },
});
await bringUp(UP_TIMEOUT_MS);
const pairs: Pair[] = [];
for (let index = 0; index < Number(values.pairs); index += 1) {
  pairs.push(await measurePair(index, Number(values.instances)));
}
const ratio = report(pairs, Number(values.instances));
process.stdout.write(`ratio ${ratio}, bound ${values.bound}\n`);
process.exitCode = ratio <= Number(values.bound) ? 0 : 1;
