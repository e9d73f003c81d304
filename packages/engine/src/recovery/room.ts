/**
 * Room for the instances of one round, asked of Placement before Nova is asked to move anything: an
 * instance without room is left untouched instead of being put into ERROR by a try that must fail.
 * When Placement cannot be asked, or cannot tell, every instance is put to Nova as if there were
 * room. Changes nothing.
 */
import {
  type Fit,
  type FitGroup,
  type FitInstance,
  fitRecovery,
  inWords,
  type Needs,
} from '@medevac/core';
import {
  type HostName,
  type InstanceUuid,
  LIMITS,
  messageOf,
  throwIfAborted,
} from '@medevac/kernel';
import type { Call, Resources, ServerGroup, ServiceView } from '@medevac/openstack';
import type { EnginePorts } from '../ports.ts';
import type { VmoveRecord } from '../stores/vmove-store.ts';
import type { Surroundings } from './surroundings.ts';
import { usableHosts } from './usable-hosts.ts';

export type RoomAnswer =
  | { readonly kind: 'go' }
  | { readonly kind: 'wait'; readonly reason: string };

export interface RoomParts {
  readonly ports: Pick<EnginePorts, 'clock' | 'capacity' | 'nova' | 'log'>;
  readonly surroundings: Pick<Surroundings, 'look'>;
  /** What Nova says of all its services, not long ago. */
  readonly services: () => readonly ServiceView[];
  readonly failedHost: HostName;
  /** Without their final answer, the most important one first. */
  readonly vmoves: readonly VmoveRecord[];
  readonly signal: AbortSignal;
}

const GO: RoomAnswer = { kind: 'go' };
/** After this long a look is too old to send anything by it. */
const FRESH_MS = 10_000;
/** Those that wake together share one look; an operator's word must not meet an old one. */
const AWAKE_FRESH_MS = 2_000;
/** When Placement does not answer it is left in peace for a while. */
const UNKNOWN_FRESH_MS = 30_000;

/** Who waits asks more often than this. */
const ASKED_MS = 60_000;

interface Asked {
  readonly needs: Needs;
  readonly atMs: number;
  readonly isSent: boolean;
  readonly isRefused: boolean;
}

interface Seen {
  readonly untilMs: number;
  /** `undefined`: nobody knows. */
  readonly fits: ReadonlyMap<string, Fit> | undefined;
}

export class Room {
  readonly #parts: RoomParts;
  #looking: Promise<void> | undefined;
  readonly #rankOf: ReadonlyMap<InstanceUuid, number>;
  readonly #asked = new Map<InstanceUuid, Asked>();
  /** Those that were last told to wait, and why. */
  readonly #lacking = new Map<InstanceUuid, string>();
  #seen: Seen = { untilMs: Number.NEGATIVE_INFINITY, fits: undefined };

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#rankOf = new Map(parts.vmoves.map((one, rank) => [one.instanceUuid, rank]));
  }

  /** Whether Nova is to be asked for the instance now. */
  async ask(vmove: VmoveRecord): Promise<RoomAnswer> {
    const { instanceUuid: uuid, before } = vmove;
    const needs = before.order?.needs;
    if (needs === undefined) return GO;
    const known = this.#asked.get(uuid);
    const nowMs = this.#parts.ports.clock.monotonicMs();
    const isRefused = known?.isRefused ?? false;
    this.#asked.set(uuid, { needs, atMs: nowMs, isSent: false, isRefused });
    if (nowMs > this.#seen.untilMs) await this.#look();
    // Asked when the look was nearly over: it is not in it.
    if (this.#seen.fits?.has(uuid) === false) await this.#look();
    const fit = this.#seen.fits?.get(uuid);
    if (fit?.kind !== 'no-room') return GO;
    return { kind: 'wait', reason: fit.reason };
  }

  /** Keeps why it waits; `undefined`: it does no more. Answers whether that is news. */
  setLack(uuid: InstanceUuid, reason: string | undefined): boolean {
    const isNews = this.#lacking.get(uuid) !== reason;
    if (reason === undefined) this.#lacking.delete(uuid);
    else this.#lacking.set(uuid, reason);
    return isNews;
  }

  /** Somebody has waited, or was told to look again: the last look serves only if it is new. */
  awake(): void {
    const untilMs = this.#seen.untilMs - FRESH_MS + AWAKE_FRESH_MS;
    if (this.#parts.ports.clock.monotonicMs() > untilMs) {
      this.#seen = { ...this.#seen, untilMs: Number.NEGATIVE_INFINITY };
    }
  }

  /** Its call goes out: until its room is seen to be taken it is counted before all others. */
  send(uuid: InstanceUuid): void {
    const asked = this.#asked.get(uuid);
    if (asked !== undefined) this.#asked.set(uuid, { ...asked, isSent: true });
  }

  /** Nova did not take it, whatever Placement says: it takes nobody's room any more. */
  refuse(uuid: InstanceUuid): void {
    const asked = this.#asked.get(uuid);
    if (asked !== undefined) this.#asked.set(uuid, { ...asked, isSent: false, isRefused: true });
  }

  /** Placement counts it at its destination, or it needs no room any more. */
  settle(uuid: InstanceUuid): void {
    this.#asked.delete(uuid);
    this.#lacking.delete(uuid);
  }

  /** What these need together, as people say it. */
  needsOf(waiting: ReadonlySet<InstanceUuid>): string {
    const sum: Record<string, number> = {};
    for (const uuid of waiting) {
      for (const [name, amount] of Object.entries(this.#asked.get(uuid)?.needs.resources ?? {})) {
        sum[name] = (sum[name] ?? 0) + amount;
      }
    }
    return `together they need ${inWords(sum)}`;
  }

  #look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    const { clock, log } = this.#parts.ports;
    const { signal } = this.#parts;
    try {
      const fits = await this.#fit({ deadlineMs: LIMITS.surroundingsMs, signal });
      this.#seen = { untilMs: clock.monotonicMs() + FRESH_MS, fits };
    } catch (error) {
      throwIfAborted(signal);
      log.warn('recovery.room_unknown', { host: this.#parts.failedHost, error: messageOf(error) });
      this.#seen = { untilMs: clock.monotonicMs() + UNKNOWN_FRESH_MS, fits: undefined };
    }
  }

  async #fit(call: Call): Promise<ReadonlyMap<string, Fit> | undefined> {
    const { ports, surroundings, failedHost } = this.#parts;
    const [providers, seen] = await Promise.all([
      ports.capacity.listCapacity(leastOf(this.#parts.vmoves), call),
      surroundings.look(new Set(), true, call),
    ]);
    const services = this.#parts.services();
    const hosts = usableHosts({ providers, services, failedHost });
    const instances = this.#instances();
    if (hosts === undefined) return undefined;
    const mine = new Set<string>(instances.map(({ uuid }) => uuid));
    const groups = instances
      .flatMap(({ uuid }) => seen.groupsOf(uuid))
      .filter((group) => group.policy === 'anti-affinity');
    const rules: FitGroup[] = [];
    for (const group of new Set(groups)) {
      const rule = await this.#ruleOf(group, mine, call);
      if (rule !== undefined) rules.push(rule);
    }
    return fitRecovery({ instances, hosts, groups: rules });
  }

  /** A group that is too large to be looked through is Nova's to judge. */
  async #ruleOf(
    { name, maxPerHost, members }: ServerGroup,
    mine: ReadonlySet<string>,
    call: Call,
  ): Promise<FitGroup | undefined> {
    const others = members.filter((member) => !mine.has(member));
    if (others.length > LIMITS.groupMembersRead) return undefined;
    const onHosts: Record<string, number> = {};
    for (const uuid of others) {
      const host = (await this.#parts.ports.nova.readServer(uuid, call))?.host;
      if (host !== undefined && host !== null) onHosts[host] = (onHosts[host] ?? 0) + 1;
    }
    return { name, maxPerHost, members, onHosts };
  }

  /**
   * Those that ask, by the order of the plan; behind them those that Nova has refused, which would
   * otherwise keep room from others that they cannot use. Who has not asked for a while counts for
   * nothing: something else keeps it.
   */
  #instances(): readonly FitInstance[] {
    const sinceMs = this.#parts.ports.clock.monotonicMs() - ASKED_MS;
    return [...this.#asked]
      .filter(([, { atMs, isSent }]) => isSent || atMs >= sinceMs)
      .toSorted(
        ([a, one], [b, other]) =>
          Number(one.isRefused) - Number(other.isRefused) ||
          (this.#rankOf.get(a) ?? 0) - (this.#rankOf.get(b) ?? 0),
      )
      .map(([uuid, { needs, isSent }]) => ({ uuid, ...needs, isSent }));
  }
}

/** Placement leaves out what has less than this: so little that nobody is left out wrongly. */
const leastOf = (vmoves: readonly VmoveRecord[]): Resources => {
  const needs = vmoves.map(({ before }): Resources => before.order?.needs?.resources ?? {});
  const least = (name: string): number =>
    Math.max(1, Math.min(...needs.map((resources) => resources[name] ?? 0)));
  return { VCPU: least('VCPU'), MEMORY_MB: least('MEMORY_MB') };
};
