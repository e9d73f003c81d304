/**
 * Writes what the pace says of itself into the timeline of a recovery. The pace speaks in the
 * middle of a look and does not wait; who ends the recovery waits for what is left to be written.
 */
import { type Recorder, TimelineStep } from './recorder.ts';

export class PaceLines {
  readonly #recorder: Pick<Recorder, 'note'>;
  #last: Promise<void> = Promise.resolve();

  constructor(recorder: Pick<Recorder, 'note'>) {
    this.#recorder = recorder;
  }

  readonly tell = (line: string): void => {
    this.#last = this.#last.then(() => this.#recorder.note(TimelineStep.evacuate, line, 0.5));
    // Heard by `written`; until then nobody looks at it.
    this.#last.catch(() => undefined);
  };

  /** Throws when a line could not be written. */
  async written(): Promise<void> {
    await this.#last;
  }
}
