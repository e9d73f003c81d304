/**
 * Nova's actions on one instance as a client of the API asks for them: refused by state and task,
 * and then a message to the host of the instance.
 */
import type { Clock, HostName, InstanceUuid } from '@medevac/kernel';
import type {
  ActionOutcome,
  ActionRecord,
  Call,
  InstanceActions,
  RejectableOutcome,
} from '@medevac/openstack';
import type { NovaCompute } from './nova-compute.ts';
import type { NovaTables, ServerRow } from './nova-tables.ts';
import { failIfUnseen, refusal } from './refusals.ts';
import type { ServerLocks } from './server-locks.ts';
import type { ServerMoves } from './server-moves.ts';

export interface ActionParts {
  readonly clock: Clock;
  readonly tables: NovaTables;
  readonly computes: ReadonlyMap<HostName, NovaCompute>;
  readonly moves: ServerMoves;
  readonly locks: ServerLocks;
  readonly latencyMs: number;
}

interface Action {
  /** As Nova's record of it is named. */
  readonly name: string;
  readonly from: readonly string[];
  readonly task: string;
  readonly carryOut: (compute: NovaCompute, server: ServerRow) => void;
}

const START: Action = {
  name: 'start',
  from: ['stopped'],
  task: 'powering-on',
  carryOut: (compute, server) => compute.restart(server, 'powering-on'),
};
const HARD_REBOOT: Action = {
  name: 'reboot',
  from: ['active', 'stopped', 'error', 'paused', 'suspended'],
  task: 'rebooting_hard',
  carryOut: (compute, server) => compute.restart(server, 'rebooting_hard'),
};
const PAUSE: Action = {
  name: 'pause',
  from: ['active'],
  task: 'pausing',
  carryOut: (compute, server) =>
    compute.halt(server, 'pausing', { vmState: 'paused', powerState: 3 }),
};
const SUSPEND: Action = {
  name: 'suspend',
  from: ['active'],
  task: 'suspending',
  carryOut: (compute, server) =>
    compute.halt(server, 'suspending', { vmState: 'suspended', powerState: 4 }),
};
const RESCUE: Action = {
  name: 'rescue',
  from: ['active', 'stopped', 'error'],
  task: 'rescuing',
  carryOut: (compute, server) => compute.restart(server, 'rescuing', 'rescued'),
};

const MOVABLE: readonly string[] = ['active', 'stopped'];

/** The user by whose token the product works. */
const CLIENT = 'medevac';

export class SimulatedActions implements InstanceActions {
  readonly #parts: ActionParts;

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  async listActions(uuid: InstanceUuid, call: Call): Promise<readonly ActionRecord[]> {
    const { clock, latencyMs, tables } = this.#parts;
    await clock.sleep(latencyMs, call.signal);
    failIfUnseen(tables, tables.servers.get(uuid)?.host ?? null);
    return tables.servers.has(uuid) ? tables.actionsOf(uuid) : [];
  }

  start(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#serve(uuid, call, (server) => this.#ask(server, START));
  }

  hardReboot(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#serve(uuid, call, (server) => this.#ask(server, HARD_REBOOT));
  }

  pause(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#serve(uuid, call, (server) => this.#ask(server, PAUSE));
  }

  suspend(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#serve(uuid, call, (server) => this.#ask(server, SUSPEND));
  }

  rescue(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome> {
    return this.#serve<RejectableOutcome>(uuid, call, (server) =>
      server.imageUuid === null
        ? { kind: 'rejected', message: 'Cannot rescue a volume-backed instance' }
        : this.#ask(server, RESCUE),
    );
  }

  lock(uuid: InstanceUuid, reason: string, call: Call): Promise<ActionOutcome> {
    return this.#serve(uuid, call, (server) => {
      this.#parts.locks.lock(server, 'client', reason);
      return { kind: 'accepted' };
    });
  }

  unlock(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#serve(uuid, call, (server) => {
      this.#parts.locks.unlock(server, 'client');
      return { kind: 'accepted' };
    });
  }

  migrate(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome> {
    return this.#serve<RejectableOutcome>(uuid, call, (server) => {
      const message = refusal('migrate', server, MOVABLE);
      const { moves, tables } = this.#parts;
      if (!moves.cold(server, 'migration', 'client')) return { kind: 'conflict', message };
      tables.noteAction(uuid, 'migrate', CLIENT);
      return { kind: 'accepted' };
    });
  }

  confirmMigration(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome> {
    return this.#serve<RejectableOutcome>(uuid, call, (server) => {
      const message = refusal('confirmResize', server, ['resized']);
      if (!this.#parts.moves.confirmNow(server)) return { kind: 'conflict', message };
      this.#parts.tables.recordAction(uuid, 'confirmResize', CLIENT);
      return { kind: 'accepted' };
    });
  }

  liveMigrate(
    uuid: InstanceUuid,
    host: HostName | undefined,
    call: Call,
  ): Promise<RejectableOutcome> {
    return this.#serve<RejectableOutcome>(uuid, call, (server) => {
      const { moves, tables } = this.#parts;
      if (host !== undefined && !tables.services.has(host)) {
        return { kind: 'rejected', message: `Compute host ${host} could not be found.` };
      }
      const message = refusal('os-migrateLive', server, ['active', 'paused']);
      if (!moves.live(server, host, 'client')) return { kind: 'conflict', message };
      tables.recordAction(uuid, 'live-migration', CLIENT);
      return { kind: 'accepted' };
    });
  }

  #ask(server: ServerRow, { name, from, task, carryOut }: Action): ActionOutcome {
    const { tables, computes } = this.#parts;
    const compute = server.host === null ? undefined : computes.get(server.host);
    if (!from.includes(server.vmState) || server.taskState !== null || compute === undefined) {
      return { kind: 'conflict', message: refusal(name, server, from) };
    }
    tables.noteAction(server.uuid, name, CLIENT);
    tables.touch(server, { taskState: task });
    compute.machine.send(() => carryOut(compute, server));
    return { kind: 'accepted' };
  }

  async #serve<Outcome extends RejectableOutcome>(
    uuid: InstanceUuid,
    call: Call,
    act: (server: ServerRow) => Outcome,
  ): Promise<Outcome | { readonly kind: 'missing' }> {
    const { clock, latencyMs, tables } = this.#parts;
    await clock.sleep(latencyMs / 2, call.signal);
    const server = tables.servers.get(uuid);
    failIfUnseen(tables, server?.host ?? null);
    const outcome = server === undefined ? ({ kind: 'missing' } as const) : act(server);
    await clock.sleep(latencyMs / 2, call.signal);
    return outcome;
  }
}
