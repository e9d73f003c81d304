/**
 * What becomes of an instance when its host fails, by the state in which Nova had it before. Every
 * instance that is moved ends in that state again. The table is the one that the engine uses, and
 * `docs/reference/instance-states.md` is generated from it.
 */

/** What is done once the instance has arrived, so that it ends in the state it had before. */
export const Restoration = {
  none: 'none',
  stop: 'stop',
  pause: 'pause',
  suspend: 'suspend',
  rescue: 'rescue',
  /** Nova's state `error` again; stopped first if its guest did not run before. */
  error: 'error',
} as const;
export type Restoration = (typeof Restoration)[keyof typeof Restoration];

export interface StateTreatment {
  readonly vmState: string;
  readonly treatment: 'move' | 'leave' | 'refuse';
  /** Nova evacuates it only after its state was reset: its API refuses the state with 409. */
  readonly resetsFirst: boolean;
  readonly restoration: Restoration;
  /** For people: why it is treated so, or what is lost. */
  readonly reason: string;
}

const moved = (
  vmState: string,
  restoration: Restoration,
  reason: string,
  resetsFirst = false,
): StateTreatment => ({ vmState, treatment: 'move', resetsFirst, restoration, reason });

const notMoved = (
  vmState: string,
  treatment: 'leave' | 'refuse',
  reason: string,
): StateTreatment => ({ vmState, treatment, resetsFirst: false, restoration: 'none', reason });

export const STATE_TREATMENTS: readonly StateTreatment[] = [
  moved('active', 'none', 'its guest starts again from its disk'),
  moved('stopped', 'stop', 'it is moved, so that its owner can start it at any time'),
  moved('error', 'error', 'its owner finds it in error as before, running only if it ran before'),
  moved(
    'paused',
    'pause',
    'its memory is lost with the host: it starts, and is paused again',
    true,
  ),
  moved(
    'suspended',
    'suspend',
    'its saved memory is lost with the host: it starts, and is suspended again',
    true,
  ),
  moved('rescued', 'rescue', 'it starts from its own disk, and is put to rescue again', true),
  notMoved(
    'resized',
    'refuse',
    'its resize waits to be confirmed or reverted, and a copy of it is on another host; ' +
      'have its owner confirm or revert it',
  ),
  notMoved('building', 'leave', 'it was never finished: there is no guest to bring back'),
  notMoved('deleted', 'leave', 'it is deleted'),
  notMoved('soft-delete', 'leave', 'its owner has deleted it'),
  notMoved('shelved', 'leave', 'it is shelved: its guest is off, and its image is kept'),
  notMoved('shelved_offloaded', 'leave', 'it is shelved, and on no host'),
];

/** An instance with one of these tasks is on its way out, whatever its state. */
export const LEAVING_TASKS: readonly string[] = ['deleting', 'soft-deleting'];

const BY_STATE = new Map(STATE_TREATMENTS.map((one) => [one.vmState, one]));

/** A state that Nova may add one day is refused: nobody knows how to bring it back. */
export function treatmentOf(vmState: string): StateTreatment {
  const known = BY_STATE.get(vmState);
  return known ?? notMoved(vmState, 'refuse', `nothing is known of the state ${vmState}`);
}
