/**
 * The fence device over a power switch. It reads first, because some switches refuse to switch off
 * what is off; it switches off; and it believes nothing but its own read of Off. A command that was
 * accepted is no proof, and neither is a switch that does not answer.
 */
import { aborted, anySignal, type Clock, messageOf, OperationalError } from '@medevac/kernel';
import { FENCING_ERRORS } from './errors.ts';
import type { FenceDevice, FenceOutcome, FenceTarget } from './fence-device.ts';
import type { PowerReading, PowerSwitch } from './power-switch.ts';

export interface PowerTiming {
  /** One request to the switch. */
  readonly requestMs: number;
  /** From the command until Off must be read. */
  readonly offMs: number;
  /** Pause between two reads while Off is waited for. */
  readonly pollMs: number;
}

/** As long as Pacemaker gives one device, polled as its fence agents poll. */
export const DEFAULT_POWER_TIMING: PowerTiming = {
  requestMs: 10_000,
  offMs: 60_000,
  pollMs: 1_000,
};

export function powerDevice(
  power: PowerSwitch,
  clock: Clock,
  timing: PowerTiming = DEFAULT_POWER_TIMING,
): FenceDevice {
  const read = (host: FenceTarget['host'], signal: AbortSignal): Promise<PowerReading> =>
    readOnce(power, host, { clock, timing, signal });
  return {
    name: power.name,
    readPower: read,
    fence: async (target, signal) => {
      const { host } = target;
      const before = await read(host, signal);
      if (before.kind === 'off') return confirmed(power, target);
      let refusal: string | undefined;
      await target.command(async () => {
        try {
          await within(clock, timing.requestMs, signal, (limited) =>
            power.switchOff(host, limited),
          );
        } catch (error) {
          refusal = refusalOf(error, signal);
        }
      });
      const last = await awaitOff({ clock, timing, signal }, () => read(host, signal));
      if (last.kind === 'off') return confirmed(power, target);
      return { kind: 'failed', reason: whyNot(last, refusal) };
    },
  };
}

interface Around {
  readonly clock: Clock;
  readonly timing: PowerTiming;
  readonly signal: AbortSignal;
}

/** A switch that does not answer so often in a row is given up: the caller tries it again. */
const UNKNOWN_IN_A_ROW = 3;

/** A command that was refused may have been carried out all the same: it is read in any case. */
async function awaitOff(
  { clock, timing, signal }: Around,
  read: () => Promise<PowerReading>,
): Promise<PowerReading> {
  const endMs = clock.monotonicMs() + timing.offMs;
  for (let unknown = 0; ; ) {
    const reading = await read();
    unknown = reading.kind === 'unknown' ? unknown + 1 : 0;
    const isOver = unknown >= UNKNOWN_IN_A_ROW || clock.monotonicMs() >= endMs;
    if (reading.kind === 'off' || isOver) return reading;
    await clock.sleep(timing.pollMs, signal);
  }
}

async function readOnce(
  power: PowerSwitch,
  host: FenceTarget['host'],
  { clock, timing, signal }: Around,
): Promise<PowerReading> {
  try {
    return await within(clock, timing.requestMs, signal, (limited) => power.read(host, limited));
  } catch (error) {
    return { kind: 'unknown', reason: refusalOf(error, signal) };
  }
}

/** The caller's own end and a broken promise of ours are not the switch's trouble. */
function refusalOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) throw aborted(signal);
  if (error instanceof OperationalError) return messageOf(error);
  throw error;
}

async function within<T>(
  clock: Clock,
  limitMs: number,
  signal: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeUp = new AbortController();
  const settled = new AbortController();
  const limited = anySignal(signal, timeUp.signal);
  const late = clock.sleep(limitMs, settled.signal).then((): never => {
    const message = `no answer within ${limitMs / 1000} s`;
    const error = new OperationalError(FENCING_ERRORS.noAnswer, message);
    timeUp.abort(error);
    throw error;
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([act(limited), late]);
  } finally {
    settled.abort(new Error('the request has ended'));
  }
}

const confirmed = (power: PowerSwitch, { report }: FenceTarget): FenceOutcome => ({
  kind: 'confirmed',
  confirmation: {
    kind: 'off',
    basis: 'power_off',
    by: power.name,
    evidenceId: report.evidenceId,
  },
});

function whyNot(last: PowerReading, refusal: string | undefined): string {
  const read =
    last.kind === 'unknown'
      ? `its power cannot be read (${last.reason})`
      : 'its power still reads on';
  return refusal === undefined ? read : `${read}; switching off was refused: ${refusal}`;
}
