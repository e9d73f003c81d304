/**
 * What nova-compute does on its host: reports, start-up with its clean-up, and the messages of the
 * bus. A destination that was away executes its old messages when it returns: a rebuild goes ahead
 * whenever the instance's task still is, or again is, `rebuilding`.
 */
import type { Clock, HostName, Random } from '@medevac/kernel';
import { callAfter } from '../time/virtual-time.ts';
import type { Guests } from './guests.ts';
import type { Machine } from './machine.ts';
import { type MigrationRow, type NovaTables, registerAnew, type ServerRow } from './nova-tables.ts';

export interface ComputeTiming {
  readonly reportMs: number;
  readonly bootMs: number;
}

export interface ComputeParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly tables: NovaTables;
  readonly guests: Guests;
  readonly timing: ComputeTiming;
  readonly say: (text: string, host?: HostName) => void;
}

/** From the power switch to the first line of nova-compute, and from there to its first report. */
const MACHINE_BOOT_MS = 30_000;
const COMPUTE_START_MS = 5_000;
const ACTION_MS = 1_000;
/** From the death of a guest until its nova-compute acts on it. */
const NOTICE_MS = 15_000;
/** Share of the report interval by which a report comes late. */
const JITTER = 0.05;
/** A longer silence, in intervals, ends an unbroken run of reports. */
const GAP = 1.1;

export class NovaCompute {
  readonly machine: Machine;
  /** Its own rhythm; a slow host has a longer one. */
  reportMs: number;
  /** Each action takes this many times as long. */
  slowness = 1;
  /** As Placement shows it. */
  isMarkedDisabled = false;
  /** The next claims that fail here. */
  failingClaims = 0;
  /** Since when it has reported to Nova without a gap. */
  reportingSinceMs: number;
  lastReportMs: number;
  readonly #parts: ComputeParts;

  constructor(machine: Machine, parts: ComputeParts) {
    this.machine = machine;
    this.#parts = parts;
    this.reportMs = parts.timing.reportMs;
    this.lastReportMs = parts.clock.monotonicMs();
    this.reportingSinceMs = this.lastReportMs;
  }

  /** Reports for as long as the signal allows; a report that cannot be made is left out. */
  report(signal: AbortSignal): void {
    const { clock, random } = this.#parts;
    const next = (): void => {
      if (signal.aborted) return;
      this.#reportNow();
      callAfter(clock, this.reportMs * (1 + random.next() * JITTER), next);
    };
    callAfter(clock, random.next() * this.reportMs, next);
  }

  /** The machine was switched on: kernel first, then nova-compute. */
  async boot(): Promise<void> {
    const { machine } = this;
    const life = machine.computeLife;
    await this.#parts.clock.sleep(MACHINE_BOOT_MS * this.slowness);
    if (machine.power === 'off' || machine.computeLife !== life) return;
    machine.kernel = 'running';
    this.#parts.say(`the kernel of ${machine.name} runs again`, machine.name);
    this.#parts.guests.follow(machine);
    await this.startUp();
  }

  /**
   * nova-compute starts: first it destroys what was evacuated from here and completes the records
   * of it, whatever their state; then it reports and reads its messages.
   */
  async startUp(): Promise<void> {
    const { machine } = this;
    const life = machine.computeLife;
    await this.#parts.clock.sleep(COMPUTE_START_MS * this.slowness);
    // It asks the cloud before it does anything, and waits for the answer.
    machine.whenReached(() => {
      if (machine.computeLife !== life) return;
      machine.computeRuns = true;
      const row = this.#parts.tables.service(machine.name);
      if (row.isDeleted) registerAnew(row);
      this.markStatus();
      this.#parts.say(`nova-compute of ${machine.name} has started`, machine.name);
      this.#cleanUp();
      this.catchUp();
    });
  }

  /** Placement's mark on a disabled host, which nova-compute itself sets and takes away. */
  markStatus(): void {
    this.isMarkedDisabled = this.#parts.tables.service(this.machine.name).status === 'disabled';
  }

  /** After a thaw, a healed network or a start: what waited happens now. */
  catchUp(): void {
    this.#reportNow();
    this.machine.catchUp();
  }

  /** The conductor's message: build the instance here. */
  rebuild(server: ServerRow, migration: MigrationRow, wasStopped: boolean): void {
    const { tables } = this.#parts;
    const { name } = this.machine;
    // The bus has delivered a message twice: this one is carried out already.
    if (migration.destHost === name && migration.status !== 'accepted') return;
    if (!tables.servers.has(server.uuid) || server.taskState !== 'rebuilding') {
      this.#failLate(server, migration);
      return;
    }
    if (this.failingClaims > 0) {
      this.failingClaims -= 1;
      migration.destHost = name;
      tables.setMigration(migration, 'failed');
      tables.touch(server, { taskState: null });
      tables.free(server.uuid, name);
      this.#parts.say(`${name} could not claim ${server.name}`, name);
      return;
    }
    migration.destHost = name;
    tables.setMigration(migration, 'pre-migrating');
    tables.touch(server, { taskState: 'rebuild_spawning' });
    this.later(this.#parts.timing.bootMs, () => this.#spawn(server, migration, wasStopped));
  }

  /**
   * A message whose time has passed fails here and claims the record that it carries, even one that
   * is done; the instance shows an error with the old task, and its guest elsewhere runs on.
   */
  #failLate(server: ServerRow, migration: MigrationRow): void {
    const { tables, say } = this.#parts;
    const { name } = this.machine;
    migration.destHost = name;
    tables.setMigration(migration, 'failed');
    if (server.host !== name) tables.free(server.uuid, name);
    if (!tables.servers.has(server.uuid)) return;
    tables.touch(server, { vmState: 'error', taskState: 'rebuilding' });
    say(`${name} reads an old message to build ${server.name}, and fails`, name);
  }

  stop(server: ServerRow): void {
    this.#act(server, 'powering-off', () => {
      this.#parts.guests.destroy(server.uuid, this.machine.name);
      return { vmState: 'stopped', powerState: 4 };
    });
  }

  /** A pause or a suspension: no guest executes afterwards. */
  halt(server: ServerRow, task: string, after: Partial<ServerRow>): void {
    this.#act(server, task, () => {
      this.#parts.guests.destroy(server.uuid, this.machine.name);
      return after;
    });
  }

  /** A start, a reboot, a rescue, or a rebuild where it is: afterwards one guest runs here. */
  restart(server: ServerRow, task: string, vmState = 'active'): void {
    this.#act(server, task, () => {
      this.#parts.guests.destroy(server.uuid, this.machine.name);
      this.#parts.guests.start(server.uuid, this.machine);
      return { vmState, powerState: 1 };
    });
  }

  /** Its driver has seen the guest go; a task that is under way by then decides instead. */
  noticeGone(server: ServerRow): void {
    const { guests, tables } = this.#parts;
    this.later(NOTICE_MS, () => {
      const isGone = !guests.runningOn(server.uuid).includes(this.machine.name);
      const isHere = server.host === this.machine.name && tables.servers.has(server.uuid);
      if (!isGone || !isHere || server.vmState !== 'active' || server.taskState !== null) return;
      tables.noteAction(server.uuid, 'stop', null);
      tables.touch(server, { taskState: 'powering-off' });
      this.stop(server);
    });
  }

  destroy(server: ServerRow): void {
    this.#act(server, 'deleting', () => {
      this.#parts.guests.destroy(server.uuid, this.machine.name);
      this.#parts.tables.forgetServer(server.uuid);
      return {};
    });
  }

  /** An action goes ahead while the instance is still here and still waits for it. */
  #act(server: ServerRow, task: string, carryOut: () => Partial<ServerRow>): void {
    const isDue = (): boolean =>
      server.host === this.machine.name &&
      server.taskState === task &&
      this.#parts.tables.servers.has(server.uuid);
    this.later(ACTION_MS, () => {
      if (!isDue()) return;
      const change = carryOut();
      this.machine.tell(() => {
        if (isDue()) this.#parts.tables.touch(server, { ...change, taskState: null });
      });
    });
  }

  #spawn(server: ServerRow, migration: MigrationRow, wasStopped: boolean): void {
    const { guests, tables } = this.#parts;
    const { machine } = this;
    if (!tables.servers.has(server.uuid)) {
      tables.setMigration(migration, 'failed');
      return;
    }
    guests.rebuild(server.uuid, machine);
    machine.tell(() => {
      const from = migration.sourceHost;
      tables.setMigration(migration, 'done');
      if (!tables.servers.has(server.uuid)) return;
      const change = { host: machine.name, vmState: 'active', powerState: 1, taskState: null };
      tables.touch(server, change);
      this.#parts.say(`${server.name} runs on ${machine.name}, from ${from}`, machine.name);
      if (!wasStopped) return;
      tables.touch(server, { taskState: 'powering-off' });
      this.stop(server);
    });
  }

  #cleanUp(): void {
    const { guests, tables } = this.#parts;
    const { name } = this.machine;
    const evacuated = new Set<string>();
    for (const one of tables.migrations) {
      if (one.sourceHost !== name || one.type !== 'evacuation') continue;
      if (!CLEANED_UP.includes(one.status)) continue;
      guests.destroy(one.instanceUuid, name);
      tables.free(one.instanceUuid, name);
      tables.setMigration(one, 'completed');
      evacuated.add(one.instanceUuid);
    }
    for (const server of tables.servers.values()) {
      if (server.host !== name || evacuated.has(server.uuid)) continue;
      const change = afterStart(server.taskState ?? '');
      if (change !== undefined) tables.touch(server, change);
    }
  }

  /** Goes on after a thaw; what an earlier nova-compute had begun is lost. */
  later(ms: number, act: () => void): void {
    const { machine } = this;
    const life = machine.computeLife;
    void this.#parts.clock.sleep(ms * this.slowness).then(() =>
      machine.whenAwake(() => {
        if (machine.computeLife === life) act();
      }),
    );
  }

  #reportNow(): void {
    const row = this.#parts.tables.services.get(this.machine.name);
    if (row === undefined || row.isDeleted || !this.machine.isHeard) return;
    if (this.machine.trouble?.losesReport() === true) return;
    const nowMs = this.#parts.clock.monotonicMs();
    if (nowMs - this.lastReportMs > GAP * this.reportMs) this.reportingSinceMs = nowMs;
    this.lastReportMs = nowMs;
    row.reportedMs = this.#parts.tables.nowMs();
  }
}

/** What a starting nova-compute makes of a task that its earlier life has left behind. */
function afterStart(task: string): Partial<ServerRow> | undefined {
  if (task.startsWith('rebuild')) return { vmState: 'error', taskState: null };
  const isLost = task === 'migrating' || task === 'resize_prep' || task === 'resize_migrating';
  return isLost ? { taskState: null } : undefined;
}

const CLEANED_UP: readonly string[] = ['accepted', 'pre-migrating', 'done'];
