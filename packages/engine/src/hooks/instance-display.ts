/** How people see that an instance waits for a hook: in its vmove, and in the timeline. */
import type { Recovery } from '../recovery/context.ts';
import { TimelineStep } from '../recovery/recorder.ts';
import type { VmoveRecord } from '../stores/vmove-store.ts';
import type { PointDisplay } from './pass-point.ts';

export class InstanceDisplay implements PointDisplay {
  readonly #recovery: Recovery;
  readonly #tellWaiting: (waits: boolean) => Promise<void>;
  readonly #vmove: VmoveRecord;
  #isHeld = false;

  constructor(
    recovery: Recovery,
    tellWaiting: (waits: boolean) => Promise<void>,
    vmove: VmoveRecord,
  ) {
    this.#recovery = recovery;
    this.#tellWaiting = tellWaiting;
    this.#vmove = vmove;
  }

  note(message: string, failed: boolean): Promise<void> {
    return this.#recovery.recorder.note(TimelineStep.hook, message, failed ? 0.5 : 1, failed);
  }

  async hold(message: string): Promise<void> {
    const { ports, scope } = this.#recovery;
    const { clock, stores } = ports;
    await scope.write((tenure) =>
      stores.vmoves.change(tenure, this.#vmove, { message }, clock.wallMs()),
    );
    if (!this.#isHeld) await this.#tellWaiting(true);
    this.#isHeld = true;
  }

  /** What it waited for is over, in whichever way. */
  async end(): Promise<void> {
    if (this.#isHeld) await this.#tellWaiting(false);
    this.#isHeld = false;
  }
}
