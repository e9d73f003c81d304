/**
 * Everybody outside who speaks with the product: monitors and the operator, the network to the
 * replicas, and the books about what they said and what came of it. Each world has one of these.
 */
import type { NotificationRecord } from '@medevac/engine';
import type { Clock, HostName } from '@medevac/kernel';
import type { Stores } from '@medevac/store';
import type { Invariant } from '../invariants/invariant.ts';
import type { VirtualTime } from '../time/virtual-time.ts';
import { ApiWay, type NetworkFault, type ReachableReplica, type Reply } from './api-way.ts';
import {
  type ConfirmAnswer,
  commandIncident,
  confirmOff,
  type IncidentOrder,
} from './confirm-off.ts';
import { KeptBack } from './kept-back.ts';
import { type Report, sendReport } from './monitor.ts';
import { Operator } from './operator.ts';
import { ReportBook } from './report-book.ts';

export interface CallersParts {
  readonly clock: Clock;
  readonly replicas: () => readonly (ReachableReplica | undefined)[];
  readonly latencyMs: () => number;
  readonly judge: <Facts>(invariants: readonly Invariant<Facts>[], facts: Facts) => void;
  /** A report of a host failure was kept, as a notification or as evidence. */
  readonly onHostFailure: (host: HostName) => void;
  readonly onKept?: (row: NotificationRecord) => void;
}

export interface Protected {
  readonly recoveryMethod: string;
  readonly hosts: readonly HostName[];
  readonly reserved: readonly HostName[];
}

export interface Sender {
  readonly name: string;
  /** The replica that is asked first, counted from 0. */
  readonly replica: number;
  /** Hears every reply, also those after which it is sent again. */
  readonly onReply?: (reply: Reply) => void;
}

/** The operator has made the segment and its hosts by then; no fault begins before. */
const PROTECTED_WITHIN_MS = 20_000;

/** Just two of what Masakari's schema allows; equal ones are copies of one report. */
export const HOST_STOPPED = { event: 'STOPPED', cluster_status: 'OFFLINE', host_status: 'NORMAL' };
export const NODE_NOT_READY = { event: 'STOPPED', host_status: 'NORMAL' };

export class Callers {
  readonly networkFaults = new Set<NetworkFault>();
  readonly book: ReportBook;
  readonly keptBack: KeptBack;
  readonly operator: Operator;
  readonly #clock: Clock;
  readonly #way: ApiWay;

  constructor(parts: CallersParts) {
    const { clock } = parts;
    this.#clock = clock;
    this.#way = new ApiWay({ ...parts, faults: this.networkFaults });
    this.book = new ReportBook(parts);
    this.keptBack = new KeptBack(clock);
    this.operator = new Operator(clock, this.#way);
  }

  /** The stores with the books listening at them. */
  listen(stores: Stores): Stores {
    return this.book.listen({ ...stores, segments: this.keptBack.listen(stores.segments) });
  }

  /** The operator puts the hosts under protection. */
  async protect({ recoveryMethod, hosts, reserved }: Protected): Promise<void> {
    await this.operator.createSegment(recoveryMethod);
    for (const host of hosts) await this.operator.addHost(host, reserved.includes(host));
  }

  /** The operator's word that a host is off. */
  async confirmOff(host: HostName, reason: string): Promise<ConfirmAnswer> {
    return await confirmOff({ clock: this.#clock, way: this.#way }, host, reason);
  }

  /** What the operator asks of an incident of the host. */
  async command(host: HostName, order: IncidentOrder): Promise<ConfirmAnswer> {
    return await commandIncident({ clock: this.#clock, way: this.#way }, host, order);
  }

  /** A monitor's whole way with a report; `undefined`: it was given up. */
  async report(report: Report, from: Sender): Promise<Reply | undefined> {
    return await sendReport(report, {
      ...{ clock: this.#clock, way: this.#way, ...from },
      onReply: async (reply, sentAtMs) => {
        from.onReply?.(reply);
        await this.book.hear(report, from.name, { reply, sentAtMs });
      },
    });
  }
}

/** Lets the world's time pass until the hosts are protected; throws when they cannot be. */
export async function protectHosts(
  time: VirtualTime,
  callers: Callers,
  request: Protected,
): Promise<void> {
  let isDone = false;
  const made = callers.protect(request).finally(() => {
    isDone = true;
  });
  await time.runUntil(() => isDone, PROTECTED_WITHIN_MS);
  if (!isDone) throw new Error('the operator could not put the hosts under protection in time');
  await made;
}
