/**
 * The floor alone: how long a bare script needs on this machine.
 *
 *   node bench/floor.ts [--instances 20] [--runs 1]
 */
import { parseArgs } from 'node:util';
import { bringUp } from '../testbed/openstack/harness/bed.ts';
import { measureCase } from './recovery-case.ts';
import { keep, spreadOf, spreadText } from './results.ts';

const UP_TIMEOUT_MS = 420_000;
const { values } = parseArgs({
  options: {
    instances: { type: 'string', default: '20' },
    runs: { type: 'string', default: '1' },
  },
});

await bringUp(UP_TIMEOUT_MS);
const last: number[] = [];
for (let run = 0; run < Number(values.runs); run += 1) {
  const result = await measureCase('floor', Number(values.instances));
  keep('floor', result);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  last.push(result.lastSeconds);
}
process.stdout.write(`floor, ${values.instances} instances, last ACTIVE after `);
process.stdout.write(`${spreadText(spreadOf(last))} s, ${last.length} runs\n`);
