/**
 * An evacuation from the call to its message at the destination, by the rules of Nova 26, whoever
 * asks for it: a client of the API or an operator past it.
 */
import type { Clock, HostName, InstanceUuid } from '@medevac/kernel';
import type { EvacuateOutcome } from '@medevac/openstack';
import type { NovaCompute } from './nova-compute.ts';
import type { Asker, MigrationRow, NovaTables, ServerRow } from './nova-tables.ts';
import type { NovaWrite } from './nova-write.ts';
import { refusal } from './refusals.ts';

export interface EvacuationsParts {
  readonly clock: Clock;
  readonly tables: NovaTables;
  readonly computes: ReadonlyMap<HostName, NovaCompute>;
  readonly scheduleMs: number;
  readonly say: (text: string, host?: HostName) => void;
  /** Called at the moment at which the call of a client is carried out, before it is. */
  readonly onCall: (call: Pick<NovaWrite, 'kind' | 'host' | 'instance' | 'beside'>) => void;
}

const EVACUABLE: readonly string[] = ['active', 'stopped', 'error'];

export class Evacuations {
  readonly #parts: EvacuationsParts;

  constructor(parts: EvacuationsParts) {
    this.#parts = parts;
  }

  /** The call as the API carries it out, whoever makes it. */
  begin(
    uuid: InstanceUuid,
    { target, by }: { readonly target: HostName | undefined; readonly by: Asker },
  ): EvacuateOutcome {
    const { tables } = this.#parts;
    const server = tables.servers.get(uuid);
    if (server === undefined) return { kind: 'missing' };
    const source = tables.service(server.host);
    if (tables.isUp(source)) {
      const message = `compute service of ${source.host} is still in use`;
      return { kind: 'service-in-use', message };
    }
    if (!EVACUABLE.includes(server.vmState)) {
      return { kind: 'conflict', message: refusal('evacuate', server, EVACUABLE) };
    }
    // Nova 26 looks at the state and not at the task: a second evacuation goes beside the first.
    const beside = tables.openMigrations(uuid);
    if (by === 'client') {
      this.#parts.onCall({ kind: 'evacuate', host: source.host, instance: uuid, beside });
    }
    const wasStopped = server.vmState === 'stopped';
    tables.touch(server, { taskState: 'rebuilding' });
    const own = tables.addMigration(server, 'evacuation', by);
    // A destination that was asked for is in the record at once, whoever is chosen later on.
    own.destHost = target ?? null;
    const migration = tables.oldestAccepted(uuid) ?? own;
    tables.countScheduling(uuid, 1);
    this.#parts.say(`Nova: evacuate ${server.name} from ${source.host}`, source.host);
    void this.#parts.clock
      .sleep(this.#parts.scheduleMs)
      .then(() => this.#schedule(server, migration, { target, wasStopped }));
    return { kind: 'accepted' };
  }

  /** The conductor asks Placement and the scheduler, and sends the message to the destination. */
  #schedule(
    server: ServerRow,
    migration: MigrationRow,
    { target, wasStopped }: { target: HostName | undefined; wasStopped: boolean },
  ): void {
    const { computes, tables } = this.#parts;
    tables.countScheduling(server.uuid, -1);
    if (!tables.servers.has(server.uuid)) {
      tables.setMigration(migration, 'error');
      return;
    }
    const destination = tables.pickDestination(server, target);
    const compute = destination === undefined ? undefined : computes.get(destination);
    if (compute === undefined) {
      tables.setMigration(migration, 'error');
      tables.touch(server, { vmState: 'error', taskState: null });
      this.#parts.say(`Nova: no valid host for ${server.name}`);
      return;
    }
    tables.allocate(server.uuid, compute.machine.name);
    compute.machine.send(() => compute.rebuild(server, migration, wasStopped));
  }
}
