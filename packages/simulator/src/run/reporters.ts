/**
 * The monitors of the cloud: they see that a machine is dead and report it until it is not, and
 * they report what a fault makes them say. Every machine that is left has a monitor of its own, so
 * that one failure is reported by several of them at once, each at another replica.
 */
import type { Clock, HostName } from '@medevac/kernel';
import { STRANGER } from '../callers/caller-identity.ts';
import { type Callers, HOST_STOPPED, NODE_NOT_READY } from '../callers/callers.ts';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';

export interface ReporterParts {
  readonly clock: Clock;
  readonly cloud: SimulatedCloud;
  readonly callers: Callers;
  readonly say: (text: string) => void;
}

/** How a report comes: of one monitor, of several at once, or of somebody who has no right to. */
export type ReportManner = 'once' | 'at-once' | 'stranger';

const LOOK_MS = 5_000;
/** A machine that is seen dead for this long is reported. */
const CERTAIN_MS = 10_000;
const REPEAT_MS = 60_000;
/** More would only cost time. */
const MOST_AT_ONCE = 3;

export class Reporters {
  readonly #parts: ReporterParts;
  readonly #deadSinceMs = new Map<HostName, number>();
  readonly #reportedMs = new Map<HostName, number>();
  #sent = 0;
  #stop: (() => void) | undefined;

  constructor(parts: ReporterParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stop = this.#parts.clock.every(LOOK_MS, () => this.#look());
  }

  stop(): void {
    this.#stop?.();
  }

  /** Ends when every monitor has its final answer or has given up. */
  async report(host: HostName, manner: ReportManner = 'once'): Promise<void> {
    const { callers, clock, say } = this.#parts;
    const senders = manner === 'stranger' ? [STRANGER] : this.#monitors(host, manner);
    const number = ++this.#sent;
    const report = {
      type: 'COMPUTE_HOST',
      hostname: host,
      generatedAtMs: clock.wallMs(),
      payload: number % 3 === 0 ? NODE_NOT_READY : HOST_STOPPED,
    };
    say(`${senders.join(', ')} reports that ${host} has failed`);
    await Promise.all(
      senders.map(async (name, index) => {
        const reply = await callers.report(report, { name, replica: number + index });
        const told = reply?.kind === 'answer' ? String(reply.status) : 'nothing, and gives up';
        say(`${name} is told ${told} about ${host}`);
      }),
    );
  }

  /** A monitor on the host itself tells of a guest or a process of it. */
  async reportOwn(
    host: HostName,
    type: 'VM' | 'PROCESS',
    payload: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { callers, clock, say } = this.#parts;
    const name = `monitor-of-${host}`;
    const report = { type, hostname: host, generatedAtMs: clock.wallMs(), payload };
    say(`${name} reports ${type} ${Object.values(payload).join(' ')}`);
    const reply = await callers.report(report, { name, replica: 0 });
    const told = reply?.kind === 'answer' ? String(reply.status) : 'nothing, and gives up';
    say(`${name} is told ${told} about ${type}`);
  }

  /** The monitors of other machines that run. */
  #monitors(host: HostName, manner: ReportManner): readonly string[] {
    const able = this.#parts.cloud
      .hosts()
      .filter((one) => one.name !== host && one.power === 'on' && one.kernel === 'running')
      .map((one) => `monitor-of-${one.name}`);
    const names = able.length === 0 ? ['monitor'] : able;
    return names.slice(0, manner === 'at-once' ? MOST_AT_ONCE : 1);
  }

  async #look(): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    const { cloud } = this.#parts;
    for (const name of cloud.hostNames()) {
      if (!cloud.isDead(name)) {
        this.#deadSinceMs.delete(name);
        this.#reportedMs.delete(name);
        continue;
      }
      const sinceMs = this.#deadSinceMs.get(name) ?? nowMs;
      this.#deadSinceMs.set(name, sinceMs);
      const reportedMs = this.#reportedMs.get(name) ?? Number.NEGATIVE_INFINITY;
      if (nowMs - sinceMs < CERTAIN_MS || nowMs - reportedMs < REPEAT_MS) continue;
      this.#reportedMs.set(name, nowMs);
      // Nobody waits for the answer: a monitor that is kept waiting keeps no other one.
      void this.report(name, 'at-once');
    }
  }
}
