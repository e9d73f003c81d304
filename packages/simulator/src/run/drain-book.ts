/** Remembers which hosts are drained, by what the stores have taken. */
import type { DrainMove, DrainOpening, DrainRecord } from '@medevac/engine';
import type { DrainId, HostName } from '@medevac/kernel';

const OPEN: readonly string[] = ['draining', 'cancelling', 'drained', 'undraining'];

export interface DrainNote {
  readonly id: DrainId;
  readonly host: HostName;
  readonly state: string;
}

export class DrainBook {
  readonly #drains = new Map<DrainId, DrainNote>();
  /** Hears of each drain that begins. */
  onOpened: (drain: DrainNote) => void = () => {};
  /** Hears of each that has looked at the service of its host. */
  onKept: (drain: DrainNote) => void = () => {};
  /** Hears of each end of one, or that its host is drained. */
  onMoved: (drain: DrainNote) => void = () => {};

  openOf(host: HostName): DrainNote | undefined {
    return [...this.#drains.values()].find((one) => one.host === host && OPEN.includes(one.state));
  }

  note(name: string, parameters: readonly unknown[], answer: unknown): void {
    if (name === 'open') {
      const opening = answer as DrainOpening;
      if (opening.kind !== 'opened') return;
      const { id, hostName: host, state }: DrainRecord = opening.drain;
      const drain = { id, host, state };
      this.#drains.set(id, drain);
      this.onOpened(drain);
    }
    if (name === 'keepService' && answer === 'written') {
      const known = this.#drains.get(parameters[1] as DrainId);
      if (known !== undefined) this.onKept(known);
    }
    if (name === 'move' && answer === 'written') {
      const [, id, { to }] = parameters as readonly [unknown, DrainId, DrainMove];
      this.#move(id, to);
    }
    if (name === 'askCancel' && answer === true) this.#move(parameters[0] as DrainId, 'cancelling');
    if (name === 'askUndrain' && answer === true)
      this.#move(parameters[0] as DrainId, 'undraining');
    if (name === 'endOfFailedHost' && answer === 'written') {
      const drain = this.openOf(parameters[1] as HostName);
      if (drain !== undefined) this.#move(drain.id, 'host_failed');
    }
  }

  #move(id: DrainId, state: string): void {
    const known = this.#drains.get(id);
    if (known === undefined || known.state === state) return;
    const moved = { ...known, state };
    this.#drains.set(id, moved);
    this.onMoved(moved);
  }
}
