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
import type { ServerMoves } from './server-moves.ts';

export interface ActionParts {
  readonly clock: Clock;
  readonly tables: NovaTables;
  readonly computes: ReadonlyMap<HostName, NovaCompute>;
  readonly moves: ServerMoves;
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
  from: ['active', 'rescued'],
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
      this.#parts.tables.touch(server, { locked: true, lockedReason: reason });
      return { kind: 'accepted' };
    });
  }

  unlock(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#serve(uuid, call, (server) => {
      this.#parts.tables.touch(server, { locked: false, lockedReason: null });
      return { kind: 'accepted' };
    });
  }

  migrate(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome> {
    return this.#serve<RejectableOutcome>(uuid, call, (server) => {
      const message = `cannot be migrated while ${server.vmState} with task ${server.taskState}`;
      const { moves, tables } = this.#parts;
      if (!moves.cold(server, 'migration')) return { kind: 'conflict', message };
      tables.noteAction(uuid, 'migrate', CLIENT);
      const isPlaced = server.taskState !== null;
      return isPlaced
        ? { kind: 'accepted' }
        : { kind: 'rejected', message: 'No valid host was found' };
    });
  }

  confirmMigration(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome> {
    return this.#serve<RejectableOutcome>(uuid, call, (server) => {
      const isConfirmed = this.#parts.moves.confirmNow(server);
      const message = `nothing to confirm while ${server.vmState}`;
      return isConfirmed ? { kind: 'accepted' } : { kind: 'rejected', message };
    });
  }

  liveMigrate(
    uuid: InstanceUuid,
    host: HostName | undefined,
    call: Call,
  ): Promise<RejectableOutcome> {
    return this.#serve<RejectableOutcome>(uuid, call, (server) => {
      const message = `cannot be migrated while ${server.vmState} with task ${server.taskState}`;
      const isAccepted = this.#parts.moves.live(server, host);
      return isAccepted ? { kind: 'accepted' } : { kind: 'conflict', message };
    });
  }

  #ask(server: ServerRow, { name, from, task, carryOut }: Action): ActionOutcome {
    const { tables, computes } = this.#parts;
    const compute = server.host === null ? undefined : computes.get(server.host);
    if (!from.includes(server.vmState) || server.taskState !== null || compute === undefined) {
      const state = `vm_state ${server.vmState} and task ${server.taskState}`;
      return { kind: 'conflict', message: `no ${task} of ${server.uuid} with ${state}` };
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
    const outcome = server === undefined ? ({ kind: 'missing' } as const) : act(server);
    await clock.sleep(latencyMs / 2, call.signal);
    return outcome;
  }
}
