/**
 * What the failure of one host with very many instances costs the product: processor time of the
 * plan and of the whole recovery, and the memory in use while it goes on.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { recoverLargeHost } from '@medevac/simulator';

export interface LargeHostFigures {
  readonly instances: number;
  readonly planMs: number;
  readonly recoveryMs: number;
  /** Of living objects: before, at most while it went on, and afterwards. */
  readonly heapMiB: { readonly before: number; readonly most: number; readonly after: number };
}

/** Memory is measured in a run of its own: collecting garbage costs time. */
const LOOKS_PER_COLLECTION = 5;

export async function measureLargeHost(instances: number): Promise<LargeHostFigures> {
  const meter = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  await recoverLargeHost({ instances, meter });
  const { plan, recovery } = await recoverLargeHost({ instances, meter });
  return { instances, planMs: plan, recoveryMs: recovery, heapMiB: await heapOf(instances, meter) };
}

async function heapOf(
  instances: number,
  meter: () => number,
): Promise<LargeHostFigures['heapMiB']> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const living = (): number => {
    collect();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const before = living();
  let [looks, most] = [0, 0];
  const onLook = (): void => {
    looks += 1;
    if (looks % LOOKS_PER_COLLECTION === 0) most = Math.max(most, living());
  };
  await recoverLargeHost({ instances, meter, onLook });
  return { before, most, after: living() };
}
