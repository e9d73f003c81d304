/**
 * Puts faults between a process and its ports: refused at the door, an answer lost before or after
 * the act, an act that lands after the caller has given up, conflicts and outages of the database.
 * Which calls are hit is drawn per fault; the list of active faults is changed while a run goes on.
 */
import { type Clock, LIMITS, OperationalError, type Random } from '@medevac/kernel';
import { type Call, cloudErrors } from '@medevac/openstack';
import { wrappedPort } from './wrapped-port.ts';

export interface ActiveFault {
  readonly how: string;
  /** Part of the calls that are hit. */
  readonly share: number;
  readonly random: Random;
  /** Hears of a call about an instance that is delivered twice. */
  readonly onDoubled?: (instance: string) => void;
}

const CHANGING: ReadonlySet<string> = new Set([
  ...['changeService', 'evacuate', 'resetState', 'stop', 'start', 'hardReboot', 'pause'],
  ...['suspend', 'rescue', 'lock', 'unlock', 'liveMigrate'],
]);
/** Ends the variants that spare calls which only read. */
const WRITES = '-writes';
const SLOW_MS = 4_000;
/** Of the writes under way when a database fails over. */
const COMMITTED_SHARE = 0.5;
/** Beyond the caller's deadline; ADR 6 promises one call for such as land within a minute. */
const LATE_MS = 20_000;
const STORE_UNAVAILABLE = {
  code: 'store_unavailable',
  retry: 'after',
  advice: 'Check that the database works and can be reached.',
} as const;

type Act = () => Promise<unknown>;

/** The cloud as it is reached over a bad network. */
export function faultyCloud<Port extends object>(
  port: Port,
  clock: Clock,
  faults: ReadonlySet<ActiveFault>,
): Port {
  return around(port, faults, async (name, parameters, act) => {
    const hit = strike(faults);
    const unknown = CHANGING.has(name);
    const isSpared = hit?.how.endsWith(WRITES) === true && !unknown;
    if (hit === undefined || isSpared) return await act();
    const call = parameters.at(-1) as Call;
    switch (hit.how.replace(WRITES, '')) {
      case 'before':
        throw new OperationalError(cloudErrors.unreachable, `${name}: connection refused`);
      case '500':
        throw failure(cloudErrors.failed, `${name}: 500`, unknown);
      case '500-after':
        await act();
        throw failure(cloudErrors.failed, `${name}: 500`, unknown);
      case 'after':
        await act();
        throw failure(cloudErrors.replyLost, `${name}: reply lost`, unknown);
      case 'doubled': {
        hit.onDoubled?.(String(parameters[0]));
        const second = act();
        second.catch(() => undefined);
        return await act();
      }
      case 'late': {
        const limitMs = Math.min(call.deadlineMs, LIMITS.cloudRequestMs);
        const lateMs = limitMs + hit.random.next() * LATE_MS;
        const stranded = clock.sleep(lateMs).then(act);
        stranded.catch(() => undefined);
        await clock.sleep(limitMs, call.signal);
        throw failure(cloudErrors.timeout, `${name}: no answer`, unknown);
      }
      default:
        await clock.sleep(hit.random.next() * SLOW_MS, call.signal);
        return await act();
    }
  });
}

/** The database as it is reached on a bad day. */
export function faultyStore<Port extends object>(
  port: Port,
  clock: Clock,
  faults: ReadonlySet<ActiveFault>,
): Port {
  return around(port, faults, async (name, _parameters, act) => {
    const hit = strike(faults);
    if (hit === undefined) return await act();
    if (hit.how === 'lost-reply') {
      await act();
      throw new OperationalError(STORE_UNAVAILABLE, `${name}: connection lost`, {
        retry: 'unknown-outcome',
      });
    }
    if (hit.how === 'torn') {
      // What was committed stays, what was not is lost, and the client cannot tell.
      if (hit.random.next() < COMMITTED_SHARE) await act();
      throw new OperationalError(STORE_UNAVAILABLE, `${name}: the database has failed over`, {
        retry: 'unknown-outcome',
      });
    }
    if (hit.how !== 'slow') throw new OperationalError(STORE_UNAVAILABLE, `${name}: ${hit.how}`);
    await clock.sleep((hit.random.next() * SLOW_MS) / 2);
    return await act();
  });
}

/** Every method of the port goes through `meet` while there are faults. */
function around<Port extends object>(
  port: Port,
  faults: ReadonlySet<ActiveFault>,
  meet: (name: string, parameters: readonly unknown[], act: Act) => Promise<unknown>,
): Port {
  return wrappedPort(port, (name, method) => (...parameters) => {
    if (faults.size === 0) return method(...parameters);
    return meet(name, parameters, () => method(...parameters));
  });
}

/** The first active fault that hits this call. */
function strike(faults: ReadonlySet<ActiveFault>): ActiveFault | undefined {
  for (const fault of faults) if (fault.random.next() < fault.share) return fault;
  return undefined;
}

const failure = (kind: typeof cloudErrors.failed, message: string, unknown: boolean) =>
  new OperationalError(kind, message, { retry: unknown ? 'unknown-outcome' : 'after' });
