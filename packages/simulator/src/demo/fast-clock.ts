/** A clock that runs faster than another one, for a world whose days should pass in minutes. */
import { type Clock, repeat } from '@medevac/kernel';

/** Both kinds of time begin where they stand in `base` and run `times` as fast from there. */
export function fastClock(base: Clock, times: number): Clock {
  const wallBeganMs = base.wallMs();
  const beganMs = base.monotonicMs();
  const passedMs = (): number => (base.monotonicMs() - beganMs) * times;
  const clock: Clock = {
    wallMs: () => wallBeganMs + passedMs(),
    monotonicMs: () => beganMs + passedMs(),
    sleep: (ms, signal) => base.sleep(ms / times, signal),
    every: (ms, tick) => repeat(clock, ms, tick),
  };
  return clock;
}
