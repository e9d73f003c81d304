/**
 * Live and cold migrations as Nova 26 carries them out between two nova-computes. What one of them
 * has begun ends with its machine, and the record says nothing of that: it stays as it was.
 *
 * | record | live migration | cold migration |
 * | --- | --- | --- |
 * | accepted, pre-migrating | asked for | asked for, message to the destination |
 * | running, migrating | memory is copied | the guest is stopped at the source |
 * | post-migrating | - | Nova names the destination, where the guest is started |
 * | completed, finished | Nova names the destination | waits to be confirmed |
 * | error | called off: the guest stays at the source | no host for it |
 */
import type { Clock, HostName } from '@medevac/kernel';
import type { Guests } from './guests.ts';
import type { NovaCompute } from './nova-compute.ts';
import type { Asker, MigrationRow, NovaTables, ServerRow } from './nova-tables.ts';

export interface MoveParts {
  readonly clock: Clock;
  readonly tables: NovaTables;
  readonly guests: Guests;
  readonly computes: ReadonlyMap<HostName, NovaCompute>;
  readonly say: (text: string, host?: HostName) => void;
}

interface Order {
  readonly type: string;
  readonly by: Asker;
  readonly target?: HostName | undefined;
}

interface Ends {
  readonly source: NovaCompute;
  readonly destination: NovaCompute;
  readonly migration: MigrationRow;
}

const COPY_MS = 8_000;
/** From the guest's switch to the destination until Nova knows of it. */
const POST_MS = 2_000;
const STOP_MS = 5_000;
const START_MS = 4_000;
const CONFIRM_MS = 15_000;

export class ServerMoves {
  readonly #parts: MoveParts;
  /** Finished cold migrations by instance, and how each is confirmed. */
  readonly #unconfirmed = new Map<string, () => void>();

  constructor(parts: MoveParts) {
    this.#parts = parts;
  }

  /** What waits to be confirmed is confirmed now; `false`: nothing can be. */
  confirmNow(server: ServerRow): boolean {
    const waiting = this.#unconfirmed.get(server.uuid);
    if (waiting === undefined || server.vmState !== 'resized') return false;
    waiting();
    return waiting !== this.#unconfirmed.get(server.uuid);
  }

  /** Answers whether Nova accepts it. */
  live(server: ServerRow, target?: HostName, by: Asker = 'operator'): boolean {
    const { tables } = this.#parts;
    const isMovable = server.vmState === 'active' || server.vmState === 'paused';
    if (!isMovable || server.taskState !== null) return false;
    // The conductor asks both services first, and calls it off at once.
    if (!tables.isUp(tables.service(server.host))) return false;
    const ends = this.#begin(server, { type: 'live-migration', target, by });
    if (ends === undefined) return true;
    tables.touch(server, { taskState: 'migrating' });
    const { source, migration } = ends;
    source.machine.send(() => {
      tables.setMigration(migration, 'running');
      source.later(COPY_MS, () => this.#switchOver(server, ends));
    });
    return true;
  }

  /** A cold migration, or the owner's resize. Answers whether Nova accepts it. */
  cold(server: ServerRow, type: 'migration' | 'resize', by: Asker = 'operator'): boolean {
    const { tables } = this.#parts;
    const isMovable = server.vmState === 'active' || server.vmState === 'stopped';
    if (!isMovable || server.taskState !== null) return false;
    if (!tables.isUp(tables.service(server.host))) return false;
    const ends = this.#begin(server, { type, by });
    if (ends === undefined) return true;
    const wasRunning = server.vmState === 'active';
    tables.setMigration(ends.migration, 'pre-migrating');
    tables.touch(server, { taskState: 'resize_prep' });
    ends.destination.machine.send(() => {
      ends.source.machine.send(() => this.#stopAtSource(server, ends, wasRunning));
    });
    return true;
  }

  #begin(server: ServerRow, { by, target, type }: Order): Ends | undefined {
    const { computes, tables, say } = this.#parts;
    const migration = tables.addMigration(server, type, by);
    const source = server.host === null ? undefined : computes.get(server.host);
    const chosen = tables.pickDestination(server, target);
    const destination = chosen === undefined ? undefined : computes.get(chosen);
    if (source === undefined || destination === undefined) {
      tables.setMigration(migration, 'error');
      return undefined;
    }
    const to = destination.machine.name;
    migration.destHost = to;
    tables.allocate(server.uuid, to);
    say(`Nova: ${type} of ${server.name} from ${server.host} to ${to}`, to);
    return { source, destination, migration };
  }

  /** The guest goes on at the destination, or stays where it is. */
  #switchOver(server: ServerRow, ends: Ends): void {
    const { guests, tables, say } = this.#parts;
    const { source, destination, migration } = ends;
    if (!this.#isStillThere(server, source, 'migrating')) return;
    const from = source.machine;
    const to = destination.machine;
    const isRunning = guests.runningOn(server.uuid).includes(from.name);
    const areLinked = from.reaches('management') && to.reaches('management');
    // The guest of a paused instance does not execute here: its memory moves all the same.
    const isPaused = server.vmState === 'paused';
    if ((!isRunning && !isPaused) || !to.isAwake || !areLinked) {
      from.tell(() => {
        tables.setMigration(migration, 'error');
        tables.free(server.uuid, to.name);
        if (server.taskState === 'migrating') tables.touch(server, { taskState: null });
        say(`the live migration of ${server.name} is called off`, from.name);
      });
      return;
    }
    guests.destroy(server.uuid, from.name);
    if (!isPaused) guests.start(server.uuid, to);
    say(`the guest of ${server.name} goes on at ${to.name}`, to.name);
    source.later(POST_MS, () =>
      from.tell(() => {
        tables.setMigration(migration, 'completed');
        tables.free(server.uuid, from.name);
        if (!this.#isStillThere(server, source, 'migrating')) return;
        tables.touch(server, { host: to.name, taskState: null });
      }),
    );
  }

  #stopAtSource(server: ServerRow, ends: Ends, wasRunning: boolean): void {
    const { guests, tables } = this.#parts;
    const { source, destination, migration } = ends;
    if (!this.#isStillThere(server, source, 'resize_prep')) return;
    tables.setMigration(migration, 'migrating');
    tables.touch(server, { taskState: 'resize_migrating' });
    source.later(STOP_MS, () => {
      guests.destroy(server.uuid, source.machine.name);
      source.machine.tell(() => {
        if (!this.#isStillThere(server, source, 'resize_migrating')) return;
        tables.setMigration(migration, 'post-migrating');
        tables.touch(server, { host: destination.machine.name, taskState: 'resize_migrated' });
        destination.machine.send(() => this.#startAtDestination(server, ends, wasRunning));
      });
    });
  }

  #startAtDestination(server: ServerRow, ends: Ends, wasRunning: boolean): void {
    const { guests, tables, clock } = this.#parts;
    const { destination, migration } = ends;
    if (!this.#isStillThere(server, destination, 'resize_migrated')) return;
    tables.touch(server, { taskState: 'resize_finish' });
    destination.later(START_MS, () => {
      if (!this.#isStillThere(server, destination, 'resize_finish')) return;
      if (wasRunning) guests.start(server.uuid, destination.machine);
      destination.machine.tell(() => {
        tables.setMigration(migration, 'finished');
        tables.touch(server, { vmState: 'resized', taskState: null });
        const confirm = (): void => this.#confirm(server, ends, wasRunning);
        this.#unconfirmed.set(server.uuid, confirm);
        void clock.sleep(CONFIRM_MS).then(confirm);
      });
    });
  }

  /** Somebody confirms what runs well, and the source forgets the instance. */
  #confirm(server: ServerRow, ends: Ends, wasRunning: boolean): void {
    const { tables } = this.#parts;
    const { source, destination, migration } = ends;
    const isWell = [source, destination].every(({ machine }) =>
      tables.isUp(tables.service(machine.name)),
    );
    if (!isWell || !source.machine.isHearing || !destination.machine.isAwake) return;
    if (server.vmState !== 'resized' || server.taskState !== null) return;
    if (!tables.servers.has(server.uuid)) return;
    if (migration.status !== 'finished') return;
    tables.setMigration(migration, 'confirming');
    this.#unconfirmed.delete(server.uuid);
    source.machine.send(() => {
      tables.setMigration(migration, 'confirmed');
      tables.free(server.uuid, source.machine.name);
      tables.touch(server, { vmState: wasRunning ? 'active' : 'stopped' });
    });
  }

  /** Nova still places the instance there, and nothing else has taken it over. */
  #isStillThere(server: ServerRow, { machine }: NovaCompute, task: string): boolean {
    const isKnown = this.#parts.tables.servers.has(server.uuid);
    return isKnown && server.host === machine.name && server.taskState === task;
  }
}
