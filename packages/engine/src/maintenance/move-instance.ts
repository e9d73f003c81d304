/**
 * Moves one instance off a living host by Nova's own migrations, live where its guest runs, and
 * watches it to its end. Observes: the instance and its migrations. Changes: asks for one migration
 * at a time, and confirms a cold one that has arrived. Safe to repeat: Nova refuses a second
 * migration beside one under way, and a request whose answer was lost is not made again before its
 * record shows, or it has had the time to come.
 */
import {
  decideMove,
  isMigrationOpen,
  type MoveAct,
  type MoveDecision,
  type MoveFacts,
} from '@medevac/core';
import { type HostName, type InstanceUuid, unreachable } from '@medevac/kernel';
import type { Call, Migration, RejectableOutcome, Server } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import type { EnginePorts } from '../ports.ts';
import type { EngineSettings } from '../settings.ts';

/** What stands against beginning a move now. */
export type MoveBarrier =
  /** It may go. */
  | { readonly kind: 'hold'; readonly reason: string }
  /** Nothing more is begun; what is under way is watched to its end. */
  | { readonly kind: 'end'; readonly reason: string }
  /** Somebody else has taken over: nothing more is looked at. */
  | { readonly kind: 'stop'; readonly reason: string };

export interface MoveOrder {
  readonly uuid: InstanceUuid;
  readonly source: HostName;
  /** `undefined`: Nova chooses. */
  readonly destination: HostName | undefined;
  /** The newest migration record when the move was planned: later ones are tries. */
  readonly mark: number;
  /** Migrations that may fail. */
  readonly tries: number;
  /** What others have under way is waited for so long at most. */
  readonly othersMs: number;
  /** Asked before a request, and once more behind the renewal of the lease. */
  readonly barrier: () => Promise<MoveBarrier | undefined>;
  /** Why it is not to be moved at all, now that nothing is under way; `undefined`: it is. */
  readonly objection: (server: Server, migrations: readonly Migration[]) => string | undefined;
  /** Why there is no room for it now; `undefined`: there may be. */
  readonly lack: (server: Server, call: Call) => Promise<string | undefined>;
  /** Tells how it stands; repeated words are told once. */
  readonly say: (message: string) => Promise<void>;
}

export type MoveAnswer =
  | { readonly kind: 'moved'; readonly host: HostName; readonly wasAsked: boolean }
  | { readonly kind: 'left' | 'failed'; readonly reason: string };

export interface MoveParts {
  readonly ports: Pick<EnginePorts, 'actions' | 'clock' | 'nova'>;
  readonly settings: Pick<EngineSettings, 'timing'>;
}

const CALL_MS = 20_000;
/** A migration takes seconds to minutes. */
const LOOK_MS = 2_000;
const WAIT_MS = 10_000;
const AGAIN_MS = 10_000;
const LONGEST_AGAIN_MS = 300_000;

interface Look {
  readonly server: Server | undefined;
  readonly migrations: readonly Migration[];
  readonly decision: MoveDecision;
}

export async function moveInstance(
  parts: MoveParts,
  order: MoveOrder,
  attempt: Attempt,
): Promise<MoveAnswer> {
  return await new InstanceMove(parts, order, attempt).toItsEnd();
}

class InstanceMove {
  readonly #parts: MoveParts;
  readonly #order: MoveOrder;
  readonly #attempt: Attempt;
  readonly #beganMs: number;
  #asked: MoveFacts['asked'];
  #wasAsked: boolean;
  #refusals = 0;
  #endedSinceMs: number | undefined;

  constructor(parts: MoveParts, order: MoveOrder, attempt: Attempt) {
    this.#parts = parts;
    this.#order = order;
    this.#attempt = attempt;
    this.#beganMs = parts.ports.clock.monotonicMs();
    this.#asked = attempt.outcomeUnknown ? 'unknown' : 'no';
    this.#wasAsked = attempt.outcomeUnknown;
  }

  async toItsEnd(): Promise<MoveAnswer> {
    for (;;) {
      const barrier = await this.#order.barrier();
      if (barrier?.kind === 'stop') return { kind: 'left', reason: barrier.reason };
      const look = await this.#look();
      const answer = await this.#follow(look, barrier);
      if (answer !== undefined) return answer;
    }
  }

  async #look(): Promise<Look> {
    const { clock, nova } = this.#parts.ports;
    const { uuid, source, mark } = this.#order;
    const server = await nova.readServer(uuid, this.#call());
    // While a task is set nothing is decided, and the records are not asked for.
    const isAtRest = server !== undefined && server.taskState === null;
    const all = isAtRest ? await nova.listMigrations({ host: source }, this.#call()) : [];
    const migrations = all.filter((one) => one.instanceUuid === uuid);
    if (this.#asked === 'unknown') {
      const { callSettleMs } = this.#parts.settings.timing;
      const isSettled = clock.monotonicMs() - this.#beganMs >= callSettleMs;
      if (server !== undefined && !isAtRest) this.#asked = 'yes';
      else if (migrations.some((one) => one.id > mark)) this.#asked = 'yes';
      else if (isSettled) this.#asked = 'no';
    }
    const facts = { source, server, migrations, mark, asked: this.#asked };
    return { server, migrations, decision: decideMove(facts) };
  }

  /** `undefined`: it is looked at again. */
  async #follow(look: Look, barrier: MoveBarrier | undefined): Promise<MoveAnswer | undefined> {
    const { decision } = look;
    switch (decision.kind) {
      case 'moved':
        return { kind: 'moved', host: decision.host as HostName, wasAsked: this.#wasAsked };
      case 'left':
        return { kind: 'left', reason: decision.reason };
      case 'wait':
        return await this.#wait(decision.reason, barrier);
      case 'failed':
        return await this.#again(decision.reason, look.migrations);
      case 'ask':
        return await this.#ask(look, decision.act, barrier);
      default:
        return unreachable(decision);
    }
  }

  async #wait(reason: string, barrier: MoveBarrier | undefined): Promise<MoveAnswer | undefined> {
    const { clock } = this.#parts.ports;
    const isOurs = this.#asked !== 'no';
    const isOver = clock.monotonicMs() - this.#beganMs >= this.#order.othersMs;
    if (!isOurs && isOver) return { kind: 'left', reason: `${reason}, for too long` };
    if (barrier?.kind === 'end') {
      const nowMs = clock.monotonicMs();
      this.#endedSinceMs ??= nowMs;
      const isLost = nowMs - this.#endedSinceMs >= this.#parts.settings.timing.patienceMs;
      if (!isOurs) return { kind: 'left', reason: `${barrier.reason}; ${reason}` };
      if (isLost) return { kind: 'left', reason: `${barrier.reason}; still under way: ${reason}` };
    }
    await this.#order.say(reason);
    await this.#pause(isOurs ? LOOK_MS : WAIT_MS);
    return undefined;
  }

  /** A migration has ended without moving it. Its own records count over crashes, too. */
  async #again(reason: string, migrations: readonly Migration[]): Promise<MoveAnswer | undefined> {
    const { mark, source, tries } = this.#order;
    const ended = migrations.filter(
      (one) => one.id > mark && one.sourceHost === source && !isMigrationOpen(one),
    );
    const failures = Math.max(ended.length, this.#refusals);
    this.#asked = 'no';
    if (failures >= tries) return { kind: 'failed', reason: inTimes(reason, failures) };
    await this.#order.say(`${reason}; it is tried again`);
    await this.#pause(Math.min(AGAIN_MS * 2 ** Math.max(0, failures - 1), LONGEST_AGAIN_MS));
    return undefined;
  }

  async #ask(
    { server, migrations }: Look,
    act: MoveAct,
    barrier: MoveBarrier | undefined,
  ): Promise<MoveAnswer | undefined> {
    if (server === undefined) return undefined;
    if (act !== 'confirm') {
      const objection = this.#order.objection(server, migrations);
      if (objection !== undefined) return { kind: 'left', reason: objection };
      if (barrier?.kind === 'end') return { kind: 'left', reason: barrier.reason };
      const held = barrier?.reason ?? (await this.#order.lack(server, this.#call()));
      if (held !== undefined) {
        await this.#order.say(held);
        await this.#pause(WAIT_MS);
        return undefined;
      }
    }
    return await this.#heed(act, await this.#send(act));
  }

  /** What stands against it comes before it, once more, behind the renewal of the lease. */
  async #send(act: MoveAct): Promise<RejectableOutcome | MoveBarrier> {
    const { barrier } = this.#order;
    return await this.#attempt.effect(async () => {
      const now = await barrier();
      // What has arrived is confirmed, whatever was called off since.
      const isStopping = act === 'confirm' ? now?.kind === 'stop' : now !== undefined;
      if (now !== undefined && isStopping) return now;
      return await this.#request(act);
    });
  }

  #request(act: MoveAct): Promise<RejectableOutcome> {
    const { actions } = this.#parts.ports;
    const { uuid, destination } = this.#order;
    switch (act) {
      case 'live':
        return actions.liveMigrate(uuid, destination, this.#call());
      case 'cold':
        return actions.migrate(uuid, this.#call());
      case 'confirm':
        return actions.confirmMigration(uuid, this.#call());
      default:
        return unreachable(act);
    }
  }

  async #heed(
    act: MoveAct,
    outcome: RejectableOutcome | MoveBarrier,
  ): Promise<MoveAnswer | undefined> {
    switch (outcome.kind) {
      case 'accepted':
        this.#asked = 'yes';
        this.#wasAsked = true;
        await this.#order.say(SAID[act]);
        await this.#pause(LOOK_MS);
        return undefined;
      case 'conflict':
      case 'rejected':
        this.#refusals += 1;
        if (act !== 'confirm') return await this.#again(`Nova refused: ${outcome.message}`, []);
        await this.#pause(WAIT_MS);
        return undefined;
      case 'missing':
      case 'hold':
      case 'end':
      case 'stop':
        return undefined;
      default:
        return unreachable(outcome);
    }
  }

  #pause(ms: number): Promise<void> {
    return this.#parts.ports.clock.sleep(ms, this.#attempt.signal);
  }

  #call(): Call {
    const deadlineMs = Math.min(this.#attempt.remainingMs(), CALL_MS);
    return { deadlineMs, signal: this.#attempt.signal };
  }
}

const SAID: Readonly<Record<MoveAct, string>> = {
  live: 'it is migrated live',
  cold: 'it is migrated cold',
  confirm: 'its cold migration is confirmed',
};

const inTimes = (reason: string, times: number): string =>
  times === 1 ? reason : `${reason}, after ${times} tries`;
