/**
 * What an operator may ask of a host for planned maintenance. Nothing is done to the cloud here: a
 * command leaves its word in the stores, and whichever replica carries the drain finds it there.
 */
import {
  type Clock,
  type DrainId,
  type HostName,
  LIMITS,
  type Log,
  newUuid,
  type Random,
  unreachable,
} from '@medevac/kernel';
import type { DrainOpening, DrainRecord, DrainStore } from '../stores/drain-store.ts';
import type { SegmentStore } from '../stores/segment-store.ts';

export interface DrainCommandParts {
  readonly stores: { readonly drains: DrainStore; readonly segments: SegmentStore };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface DrainOrder {
  readonly by: string;
  readonly note: string | null;
}

export interface DrainRequest extends DrainOrder {
  readonly host: HostName;
  readonly parallel?: number;
  readonly deadlineMs?: number;
}

export type DrainResult =
  | { readonly kind: 'taken'; readonly drain: DrainRecord }
  | { readonly kind: 'missing' }
  /** `reason` says what stands against it and what to do, in one sentence. */
  | { readonly kind: 'refused'; readonly reason: string };

export const DRAIN_DEFAULTS = { parallel: 2, deadlineMs: 7_200_000 } as const;

export class DrainCommands {
  readonly #parts: DrainCommandParts;

  constructor(parts: DrainCommandParts) {
    this.#parts = parts;
  }

  /** Begins to empty a host. `missing`: it is registered in no segment. */
  async drain(request: DrainRequest): Promise<DrainResult> {
    const { clock, log, random, stores } = this.#parts;
    const { by, host: name, note } = request;
    const host = await stores.segments.findHost(name);
    if (host === undefined) return { kind: 'missing' };
    const parallel = request.parallel ?? DRAIN_DEFAULTS.parallel;
    const opening = await stores.drains.open({
      id: newUuid<DrainId>(random),
      ...{ hostUuid: host.uuid, hostName: host.name, segmentUuid: host.segmentUuid },
      parallel: Math.min(Math.max(1, parallel), LIMITS.drainParallel),
      deadlineMs: request.deadlineMs ?? DRAIN_DEFAULTS.deadlineMs,
      ...{ askedBy: by, note, openedAtMs: clock.wallMs() },
    });
    if (opening.kind !== 'opened') return { kind: 'refused', reason: against(host.name, opening) };
    log.info('drain.asked', { drain: opening.drain.id, host: name, by, note });
    return { kind: 'taken', drain: opening.drain };
  }

  /** What is under way ends, nothing more is begun, and the host stays in service. */
  async cancel(id: DrainId, { by, note }: DrainOrder): Promise<DrainResult> {
    const { clock, log, stores } = this.#parts;
    const drain = await stores.drains.read(id);
    if (drain === undefined) return { kind: 'missing' };
    const words = `called off by ${by}${note === null ? '' : `: ${note}`}`;
    if (!(await stores.drains.askCancel(id, words, clock.wallMs()))) {
      const { state } = (await stores.drains.read(id)) ?? drain;
      const back = state === 'drained' ? '; undrain it to put it back to service' : '';
      return { kind: 'refused', reason: `it is ${state}, and no drain under way${back}` };
    }
    log.info('drain.cancel_asked', { drain: id, host: drain.hostName, by, note });
    return await this.#taken(id);
  }

  /** Puts a drained host back to service, as it was before. */
  async undrain(id: DrainId, { by, note }: DrainOrder): Promise<DrainResult> {
    const { clock, log, stores } = this.#parts;
    const drain = await stores.drains.read(id);
    if (drain === undefined) return { kind: 'missing' };
    const words = `asked back by ${by}${note === null ? '' : `: ${note}`}`;
    if (!(await stores.drains.askUndrain(id, words, clock.wallMs()))) {
      const { state } = (await stores.drains.read(id)) ?? drain;
      const cancel = state === 'draining' ? '; cancel the drain to stop it' : '';
      return { kind: 'refused', reason: `it is ${state}, and not drained${cancel}` };
    }
    log.info('drain.undrain_asked', { drain: id, host: drain.hostName, by, note });
    return await this.#taken(id);
  }

  async #taken(id: DrainId): Promise<DrainResult> {
    const drain = await this.#parts.stores.drains.read(id);
    return drain === undefined ? { kind: 'missing' } : { kind: 'taken', drain };
  }
}

function against(host: HostName, opening: Exclude<DrainOpening, { kind: 'opened' }>): string {
  switch (opening.kind) {
    case 'drain':
      return `the drain ${opening.drain.id} of ${host} is open already: ${opening.drain.state}`;
    case 'incident':
      return `${host} is reported as failed; incident ${opening.incident} comes first`;
    case 'return':
      return (
        `${host} is on its way back after incident ${opening.incident} (${opening.state}), ` +
        'and out of service already'
      );
    case 'reservation':
      return `${host} serves as reserved host for ${opening.failedHost}; wait until it has`;
    default:
      return unreachable(opening);
  }
}
