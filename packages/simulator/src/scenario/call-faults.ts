/**
 * Faults that hit exactly the calls that a scenario names: the second evacuate call is carried out
 * and its reply lost, the replica dies before it can force down. Nothing is left to chance.
 */
import { type Clock, OperationalError } from '@medevac/kernel';
import { type Call, cloudErrors } from '@medevac/openstack';
import { wrappedPort } from '../run/wrapped-port.ts';
import type { CallFaultHow, EventOf, PortName } from './events-file.ts';

type CallFault = Pick<
  EventOf<'call-fault'>,
  'port' | 'call' | 'how' | 'spares' | 'times' | 'forMs'
>;

interface Pending extends CallFault {
  seen: number;
}

export interface CallFaultsParts {
  readonly clock: Clock;
  readonly say: (text: string) => void;
}

const CHANGING: ReadonlySet<string> = new Set([
  ...['changeService', 'evacuate', 'resetState', 'stop', 'lock', 'unlock'],
]);

export class CallFaults {
  readonly #parts: CallFaultsParts;
  readonly #pending: Pending[] = [];

  constructor(parts: CallFaultsParts) {
    this.#parts = parts;
  }

  add(fault: CallFault): void {
    this.#pending.push({ ...fault, seen: 0 });
  }

  /** The port with the faults in front of it; `kill` ends the process that calls. */
  around<Port extends object>(name: PortName, port: Port, kill: () => void): Port {
    return wrappedPort(port, (method, carryOut) => (...parameters) => {
      const act = (): Promise<unknown> => carryOut(...parameters);
      const hit = this.#strike(name, method);
      if (hit === undefined) return act();
      this.#parts.say(`${name}.${method}: ${TOLD[hit.how]}`);
      return this.#suffer(hit, act, { call: parameters.at(-1) as Call, kill });
    });
  }

  #strike(port: PortName, call: string): CallFault | undefined {
    for (const one of this.#pending) {
      if (one.port !== port || one.call !== call) continue;
      one.seen += 1;
      if (one.seen > one.spares && one.seen <= one.spares + one.times) return one;
    }
    return undefined;
  }

  async #suffer(
    { how, call: name, forMs }: CallFault,
    act: () => Promise<unknown>,
    { call, kill }: { readonly call: Call; readonly kill: () => void },
  ): Promise<unknown> {
    const { clock } = this.#parts;
    const retry = CHANGING.has(name) ? 'unknown-outcome' : 'after';
    switch (how) {
      case 'refused':
        throw new OperationalError(cloudErrors.unreachable, `${name}: connection refused`);
      case 'fails':
        throw new OperationalError(cloudErrors.failed, `${name}: 500`, { retry });
      case 'fails-after-acting':
        await act();
        throw new OperationalError(cloudErrors.failed, `${name}: 500`, { retry });
      case 'reply-lost':
        await act();
        throw new OperationalError(cloudErrors.replyLost, `${name}: reply lost`, { retry });
      case 'slow':
        await clock.sleep(forMs, call.signal);
        return await act();
      case 'late': {
        const stranded = clock.sleep(forMs).then(act);
        stranded.catch(() => undefined);
        throw new OperationalError(cloudErrors.replyLost, `${name}: reply lost`, { retry });
      }
      case 'kill-before':
        kill();
        return await new Promise(() => {});
      case 'kill-after':
        await act();
        kill();
        return undefined;
    }
  }
}

const TOLD: Readonly<Record<CallFaultHow, string>> = {
  refused: 'the connection is refused',
  fails: 'answers 500',
  'fails-after-acting': 'is carried out and answers 500',
  'reply-lost': 'is carried out, and the reply is lost',
  slow: 'is slow',
  late: 'breaks off, and is carried out later',
  'kill-before': 'the replica dies before the call',
  'kill-after': 'is carried out, and the replica dies before it sees the reply',
};
