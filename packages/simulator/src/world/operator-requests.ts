/**
 * What operators do in Nova past Medevac, each at once and by Nova's rules: they move instances,
 * evacuate one themselves, and change or delete the record of a compute service.
 */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { Evacuations } from './evacuations.ts';
import type { NovaCompute } from './nova-compute.ts';
import type { NovaTables, ServiceRow } from './nova-tables.ts';
import type { ServerLocks } from './server-locks.ts';
import type { ServerMoves } from './server-moves.ts';

export interface OperatorParts {
  readonly tables: NovaTables;
  readonly computes: ReadonlyMap<HostName, NovaCompute>;
  readonly moves: ServerMoves;
  readonly locks: ServerLocks;
  readonly evacuations: Evacuations;
  readonly say: (text: string, host?: HostName) => void;
}

export class OperatorRequests {
  readonly #parts: OperatorParts;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  liveMigrate(instance: InstanceUuid): void {
    const server = this.#parts.tables.servers.get(instance);
    if (server !== undefined) this.#parts.moves.live(server);
  }

  coldMigrate(instance: InstanceUuid): void {
    const server = this.#parts.tables.servers.get(instance);
    if (server !== undefined) this.#parts.moves.cold(server, 'migration');
  }

  /** As a careful operator does it: not while an evacuation of the instance is under way. */
  evacuate(instance: InstanceUuid): boolean {
    const { evacuations, tables, say } = this.#parts;
    const server = tables.servers.get(instance);
    if (server === undefined || tables.openMigrations(instance).length > 0) return false;
    say(`an operator evacuates ${server.name}`, server.host ?? undefined);
    const outcome = evacuations.begin(instance, { target: undefined, by: 'operator' });
    return outcome.kind === 'accepted';
  }

  lock(instance: InstanceUuid, reason: string): void {
    const server = this.#parts.tables.servers.get(instance);
    if (server === undefined) return;
    this.#parts.say(`an operator locks ${server.name}: ${reason}`, server.host ?? undefined);
    this.#parts.locks.lock(server, 'operator', reason);
  }

  unlock(instance: InstanceUuid): void {
    const server = this.#parts.tables.servers.get(instance);
    if (server === undefined) return;
    this.#parts.say(`an operator unlocks ${server.name}`, server.host ?? undefined);
    this.#parts.locks.unlock(server, 'operator');
  }

  /** Of an instance on a host that is down: Nova deletes by itself. Locks stop no operator. */
  deleteInstance(instance: InstanceUuid): void {
    const { say, tables } = this.#parts;
    const server = tables.servers.get(instance);
    if (server === undefined || tables.isUp(tables.service(server.host))) return;
    say(`an operator deletes ${server.name}`, server.host ?? undefined);
    tables.forgetServer(instance);
  }

  setForcedDown(host: HostName, forcedDown: boolean): void {
    const row = this.#parts.tables.service(host);
    if (row.forcedDown === forcedDown || row.isDeleted) return;
    row.forcedDown = forcedDown;
    this.#changed(row, `sets forced_down of ${host} to ${forcedDown}`);
  }

  enable(host: HostName): void {
    const row = this.#parts.tables.service(host);
    if (row.status === 'enabled' || row.isDeleted) return;
    row.status = 'enabled';
    row.disabledReason = null;
    this.#sendStatus(row);
    this.#changed(row, `enables ${host}`);
  }

  disable(host: HostName, reason: string): void {
    const row = this.#parts.tables.service(host);
    if (row.isDeleted) return;
    row.status = 'disabled';
    row.disabledReason = reason;
    this.#sendStatus(row);
    this.#changed(row, `disables ${host}: ${reason}`);
  }

  /** Nova refuses while the host has instances or is part of a migration under way. */
  deleteService(host: HostName): boolean {
    const { tables } = this.#parts;
    const row = tables.service(host);
    const isUsed = [...tables.servers.values()].some(
      (server) =>
        server.host === host ||
        tables.openMigrations(server.uuid).some((one) => one.otherHosts.includes(host)),
    );
    if (row.isDeleted || isUsed) return false;
    row.isDeleted = true;
    this.#changed(row, `deletes the service of ${host}`);
    return true;
  }

  /**
   * As for every change of the status: nova-compute sets or takes away Placement's mark, and one
   * that is down hears of it at its next start. A mark that stays would hide the host's room.
   */
  #sendStatus(row: ServiceRow): void {
    const compute = this.#parts.computes.get(row.host);
    if (this.#parts.tables.isUp(row)) compute?.machine.send(() => compute.markStatus());
  }

  #changed(row: ServiceRow, what: string): void {
    row.changedMs = this.#parts.tables.nowMs();
    this.#parts.say(`an operator ${what}`, row.host);
  }
}
