/**
 * Nova's locks of instances: one per instance, which stops its owner and lets administrators pass.
 * An administrator who locks what is locked takes the lock over with its reason; only an
 * administrator takes one away that an administrator has put. When each was last changed is kept.
 */
import type { Clock, InstanceUuid } from '@medevac/kernel';
import type { NovaTables, ServerRow } from './nova-tables.ts';

/** `client`: the product. It and operators are administrators of a project of their own. */
export type LockActor = 'owner' | 'operator' | 'client';

interface LockChange {
  readonly by: LockActor;
  readonly atMs: number;
}

export class ServerLocks {
  readonly #clock: Clock;
  readonly #tables: NovaTables;
  readonly #changes = new Map<InstanceUuid, LockChange>();

  constructor(clock: Clock, tables: NovaTables) {
    this.#clock = clock;
    this.#tables = tables;
  }

  lock(server: ServerRow, by: LockActor, reason: string | null): void {
    if (by === 'owner' && server.locked) return;
    this.#tables.noteAction(server.uuid, 'lock', USER[by]);
    this.#set(server, by, { locked: true, lockedReason: reason });
  }

  /** Whether Nova carries it out. */
  unlock(server: ServerRow, by: LockActor): boolean {
    const last = this.#changes.get(server.uuid)?.by;
    if (by === 'owner' && server.locked && last !== 'owner') return false;
    this.#tables.noteAction(server.uuid, 'unlock', USER[by]);
    this.#set(server, by, { locked: false, lockedReason: null });
    return true;
  }

  /** For how long the lock of the instance has been as it is; `undefined`: since the beginning. */
  unchangedForMs(uuid: InstanceUuid): number | undefined {
    const change = this.#changes.get(uuid);
    return change === undefined ? undefined : this.#clock.monotonicMs() - change.atMs;
  }

  #set(server: ServerRow, by: LockActor, change: Pick<ServerRow, 'locked' | 'lockedReason'>): void {
    this.#tables.touch(server, change);
    this.#changes.set(server.uuid, { by, atMs: this.#clock.monotonicMs() });
  }
}

const USER: Readonly<Record<LockActor, string>> = {
  owner: 'owner',
  operator: 'operator',
  client: 'medevac',
};
