/** What the log of a scenario says of planned maintenance and of what goes back to a host. */
import type {
  DrainInstanceChange,
  DrainInstanceKey,
  DrainMove,
  DrainOpening,
  NewDrainInstance,
  ReturnEvent,
} from '@medevac/engine';
import type { DrainId, HostName } from '@medevac/kernel';

type Say = (who: string, text: string) => void;

export class DrainTeller {
  readonly #say: Say;
  readonly #name: (id: string, name: string) => void;
  readonly #hosts = new Map<DrainId, HostName>();

  constructor(say: Say, name: (id: string, name: string) => void) {
    this.#say = say;
    this.#name = name;
  }

  hear(name: string, parameters: readonly unknown[], answer: unknown): void {
    if (name === 'open') this.#opened(answer as DrainOpening);
    if (name === 'askCancel' && answer === true) this.#asked(parameters, 'draining -> cancelling');
    if (name === 'askUndrain' && answer === true) this.#asked(parameters, 'drained -> undraining');
    if (answer !== 'written') return;
    if (name === 'endOfFailedHost') this.#say('drain', `${String(parameters[1])} -> host_failed`);
    const [, id] = parameters as readonly [unknown, DrainId];
    const host = this.#hosts.get(id) ?? '';
    if (name === 'move') {
      const [, , { from, to, message }] = parameters as readonly [unknown, unknown, DrainMove];
      this.#say('drain', `${host} ${from} -> ${to}${message === null ? '' : `: ${message}`}`);
    }
    if (name === 'plan') {
      const [, , rows] = parameters as readonly [unknown, unknown, readonly NewDrainInstance[]];
      const names = rows.map(({ instanceName }) => instanceName);
      this.#say('drain', `${host} is to be left by ${names.join(', ')}`);
    }
    if (name === 'changeInstance') {
      const [, key, change] = parameters as readonly [
        unknown,
        DrainInstanceKey,
        DrainInstanceChange,
      ];
      const { status, destHost, message } = change;
      const said = [status, destHost && `to ${destHost}`, message].filter(Boolean).join(', ');
      this.#say('drain', `${key.instanceUuid} ${said}`);
    }
  }

  moveBack(host: string, { message }: ReturnEvent): void {
    this.#say('return', `${host}: ${message.replace(/ \([0-9a-f-]{36}\):/, ':')}`);
  }

  #opened(opening: DrainOpening): void {
    if (opening.kind !== 'opened') return;
    const { hostName, id } = opening.drain;
    this.#hosts.set(id, hostName);
    this.#name(id, `drain-${this.#hosts.size}`);
    this.#say('drain', `${hostName} is drained: ${id}`);
  }

  #asked(parameters: readonly unknown[], move: string): void {
    const [id, message] = parameters as readonly [DrainId, string];
    this.#say('drain', `${this.#hosts.get(id) ?? ''} ${move}: ${message}`);
  }
}
