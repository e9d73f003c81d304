/** What the run's operator sets to keep recoveries back, and takes back again as people do. */
import type { Clock, HostName } from '@medevac/kernel';
import type { Stores } from '@medevac/store';
import type { Callers } from '../callers/callers.ts';
import { SEGMENT_KEY } from '../callers/kept-back.ts';

export interface KeepBackParts {
  readonly clock: Clock;
  readonly callers: Callers;
  readonly stores: Pick<Stores, 'incidents' | 'returns' | 'segments'>;
  readonly say: (text: string) => void;
}

/** `host`: of a maintenance. */
export interface KeptBackWish {
  readonly what: 'maintenance' | 'segment';
  readonly isKept: boolean;
  readonly host?: HostName;
}

const AGAIN_MS = 5_000;

export async function keepBack(parts: KeepBackParts, wish: KeptBackWish): Promise<void> {
  const { callers, say } = parts;
  const { operator, keptBack } = callers;
  const { what, isKept, host = '' as HostName } = wish;
  const key = what === 'segment' ? SEGMENT_KEY : host;
  if (!isKept && !keptBack.keys.includes(key)) return;
  // Where a recovery has set it already nobody can see that the operator wants it, too.
  const isSet = isKept && what === 'maintenance' && (await isOnMaintenance(parts, host));
  if (isSet) return;
  const outcome =
    what === 'segment'
      ? await operator.setEnabled(!isKept)
      : await operator.setMaintenance(host, isKept);
  say(`the operator sets ${what} of ${key} to ${isKept}: ${outcome}`);
  // Its answer may take so long that a recovery has set it in the meantime.
  if (isKept && what === 'maintenance' && (await isSetByRecovery(parts, host))) keptBack.drop(host);
  // An edit that is refused while a recovery works is tried again, as people do.
  if (outcome !== 'changed' && !isKept) void keepBackLater(parts, wish);
}

async function keepBackLater(parts: KeepBackParts, wish: KeptBackWish): Promise<void> {
  await parts.clock.sleep(AGAIN_MS);
  await keepBack(parts, wish);
}

async function isOnMaintenance({ stores }: KeepBackParts, host: HostName): Promise<boolean> {
  return (await stores.segments.findHost(host))?.onMaintenance === true;
}

/** From its way back on, as the product sees it, the flag stands for the recovery itself. */
async function isSetByRecovery({ stores }: KeepBackParts, host: HostName): Promise<boolean> {
  const open = await stores.incidents.findOpen(host);
  return open !== undefined && (await stores.returns.read(open.id)) !== undefined;
}
