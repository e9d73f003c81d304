/**
 * Writes the log of a scenario: one line per event with its virtual seconds. It listens at the
 * stores and at the cloud; identifiers are told by the names of what they identify.
 */
import type {
  IncidentEvent,
  NewReservation,
  NewVmove,
  RepairChange,
  RepairRecord,
  ReturnEvent,
  ReturnMove,
  VmoveChange,
  VmoveKey,
} from '@medevac/engine';
import type { Clock, HostName, IncidentId, NotificationUuid, ReplicaId } from '@medevac/kernel';
import type { Stores } from '@medevac/store';
import { wrappedPort } from '../run/wrapped-port.ts';
import type { NovaWrite } from '../world/nova-write.ts';
import type { CloudEvent, SimulatedCloud } from '../world/simulated-cloud.ts';
import { DrainTeller } from './tell-drains.ts';

type Parameters = readonly unknown[];
type Hear = (name: string, parameters: Parameters, answer: unknown) => void | Promise<void>;

interface Move {
  readonly from: string;
  readonly to: string;
  readonly guard: string | null;
  readonly reason: string | null;
}

/** Of a recovery's timeline: how it is slowed down, and that it is so no more. */
const PACE_LINE = /^(Slower|Full pace again): /;
const INSTANCE_LINE = /^(Nova: (evacuate|no valid host)|vm-\d+ runs on|\S+ could not claim)/;

export class Narrator {
  readonly log: string[] = [];
  readonly #clock: Clock;
  readonly #isEach: boolean;
  /** What identifiers are called in the log. */
  readonly #names = new Map<string, string>();
  readonly #incidents = new Map<IncidentId, HostName>();
  readonly #notifications = new Map<NotificationUuid, { readonly name: string; status: string }>();
  readonly #drains = new DrainTeller(
    (who, text) => this.say(who, text),
    (id, name) => this.name(id, name),
  );
  #repairs = 0;
  #stores: Stores | undefined;
  #cloud: SimulatedCloud | undefined;

  constructor(clock: Clock, instanceLines: 'each' | 'totals') {
    this.#clock = clock;
    this.#isEach = instanceLines === 'each';
  }

  /** One line. */
  say(who: string, text: string): void {
    const seconds = (this.#clock.monotonicMs() / 1000).toFixed(3).padStart(9);
    this.log.push(`${seconds}  ${who.padEnd(12)}  ${this.#named(text)}`);
  }

  /** The stores with the narrator listening at them. */
  listen(stores: Stores): Stores {
    this.#stores = stores;
    return {
      ...stores,
      leases: hearing(stores.leases, (name, parameters, answer) =>
        this.#hearLease(name, parameters, answer),
      ),
      journal: hearing(stores.journal, (name, _parameters, answer) => this.#stale(name, answer)),
      incidents: hearing(stores.incidents, async (name, parameters, answer) => {
        this.#stale(name, answer);
        this.#hearIncident(name, parameters, answer);
        await this.#tellStatuses();
      }),
      incidentCommands: hearing(stores.incidentCommands, (name, [host, of], answer) => {
        if (name !== 'keepCopy' || answer === 'dropped') return;
        const where = answer === 'kept' ? `, kept for ${String(of)}` : '';
        this.say('evidence', `${String(host)} failure (copy of a notification)${where}`);
      }),
      notifications: hearing(stores.notifications, () => this.#tellStatuses()),
      vmoves: hearing(stores.vmoves, (name, parameters, answer) => {
        this.#stale(name, answer);
        this.#hearVmove(name, parameters, answer);
      }),
      reservations: hearing(stores.reservations, async (name, parameters, answer) => {
        this.#stale(name, answer);
        await this.#hearReservation(name, parameters, answer);
      }),
      repairs: hearing(stores.repairs, async (name, parameters, answer) => {
        this.#stale(name, answer);
        this.#hearRepair(name, parameters, answer);
        await this.#tellStatuses();
      }),
      drains: hearing(stores.drains, (name, parameters, answer) => {
        this.#stale(name, answer);
        this.#drains.hear(name, parameters, answer);
      }),
      returns: hearing(stores.returns, (name, parameters, answer) => {
        this.#stale(name, answer);
        this.#hearReturn(name, parameters, answer);
      }),
    };
  }

  watch(cloud: SimulatedCloud): void {
    this.#cloud = cloud;
    cloud.onAction(({ action, instance, userId }) => {
      const isLock = action === 'lock' || action === 'unlock';
      if (isLock && !this.#isEach) return;
      if (userId === 'medevac' && action !== 'stop') this.say('nova', `${action} ${instance}`);
      if (userId === null) this.say('nova', `${action} ${instance}, by itself`);
    });
    cloud.onEvent((event) => this.#hearCloud(event));
    cloud.onWrite((write) => this.#hearWrite(write));
    for (const { server } of cloud.instances()) this.#names.set(server.uuid, server.name);
  }

  /** From now on changes of this notification's status are told. */
  follow(uuid: NotificationUuid, name: string): void {
    this.#names.set(uuid, name);
    this.#notifications.set(uuid, { name, status: 'new' });
  }

  #hearCloud({ text }: CloudEvent): void {
    if (!this.#isEach && INSTANCE_LINE.test(text)) return;
    if (text.startsWith('Nova: ')) this.say('nova', text.slice('Nova: '.length));
    else this.say('world', text);
  }

  async #hearReservation(name: string, parameters: Parameters, answer: unknown): Promise<void> {
    const isDone = answer === 'written' || answer === true;
    if (!isDone && answer !== 'taken') return;
    if (name === 'reserve') {
      const { failedHost, hostName } = parameters[1] as NewReservation;
      const how = isDone ? 'is held' : 'is not free';
      this.say('reserved', `${hostName} ${how} for ${failedHost}`);
    }
    if (name !== 'move' && name !== 'releaseEnded') return;
    const id = parameters[name === 'move' ? 1 : 0] as number;
    const row = await this.#stores?.reservations.read(id);
    if (row !== undefined) this.say('reserved', `${row.hostName} ${row.state}: ${row.message}`);
  }

  #hearWrite({ kind, instance }: NovaWrite): void {
    if (kind === 'resetState') this.say('nova', `reset the state of ${instance}`);
    if (kind === 'stop') this.say('nova', `stop ${instance}`);
  }

  #hearLease(name: string, parameters: Parameters, answer: unknown): void {
    if (name === 'renew' && answer === false) this.#stale(name, 'stale');
    if (name !== 'take' || answer === undefined) return;
    const [lease, , holder] = parameters as readonly [string, unknown, ReplicaId];
    if (/^run\/(un)?drain\//.test(lease)) this.say(holder, `carries ${lease.slice(4)}`);
    const what = /host-(return|enable)/.test(lease) ? 'return' : 'recovery';
    const { epoch } = answer as { readonly epoch: number };
    const incident = [...this.#incidents].find(([id]) => lease.includes(id));
    if (incident === undefined) return;
    this.say(holder, `carries the ${what} of ${incident[1]}, epoch ${epoch}`);
  }

  #hearIncident(name: string, parameters: Parameters, answer: unknown): void {
    if (name === 'addEvent' && answer === 'written') {
      const [, id, { message }] = parameters as readonly [unknown, IncidentId, IncidentEvent];
      if (PACE_LINE.test(message)) this.say('pace', `${this.#incidents.get(id)}: ${message}`);
    }
    if (name === 'openOrJoin') {
      const opened = answer as {
        readonly kind: string;
        readonly incident?: { readonly id: IncidentId; readonly hostName: HostName };
      };
      if (opened.incident === undefined) return;
      const { id, hostName } = opened.incident;
      if (opened.kind === 'opened') {
        this.#incidents.set(id, hostName);
        this.#names.set(id, `incident-${this.#incidents.size}`);
      }
      this.say('incident', `${hostName} ${opened.kind}: ${id} by ${String(parameters[1])}`);
    }
    if (name === 'addEvidence' && answer === 'added') {
      const [host, evidence] = parameters as readonly [HostName, { kind: string; source: string }];
      this.say('evidence', `${host} ${evidence.kind} (${evidence.source})`);
    }
    if (name === 'move' && answer === 'written') {
      const [, id, move] = parameters as readonly [unknown, IncidentId, Move];
      const guard = move.guard === null ? '' : ` (${move.guard})`;
      const reason = move.reason === null ? '' : `: ${move.reason}`;
      const host = this.#incidents.get(id) ?? '';
      this.say('incident', `${host} ${move.from} -> ${move.to}${guard}${reason}`);
    }
    if (name === 'setMaintenance' && answer === 'written') {
      this.say('maintenance', `${String(parameters[1])} is on maintenance`);
    }
  }

  #hearVmove(name: string, parameters: Parameters, answer: unknown): void {
    if (answer !== 'written' || !this.#isEach) return;
    if (name === 'plan') {
      const [, vmoves] = parameters as readonly [unknown, readonly NewVmove[]];
      for (const { instanceName, status, message } of vmoves) {
        this.say('plan', `${instanceName} ${status}${message === null ? '' : `: ${message}`}`);
      }
    }
    if (name === 'change') {
      const [, key, change] = parameters as readonly [unknown, VmoveKey, VmoveChange];
      const { status, destHost, message } = change;
      const said = [status, destHost && `on ${destHost}`, message].filter(Boolean).join(', ');
      if (said !== '') this.say('instance', `${key.instanceUuid} ${said}`);
    }
  }

  #hearReturn(name: string, parameters: Parameters, answer: unknown): void {
    const hostOf = (id: unknown): string => this.#incidents.get(id as IncidentId) ?? '';
    if (name === 'open' && answer === 'written') {
      const [, record] = parameters as readonly [unknown, { readonly hostName: HostName }];
      this.say('return', `${record.hostName} is waited for`);
    }
    if (name === 'begin' && answer === true) {
      const to = parameters[1] === 'waiting' ? 'clearing' : 'enabling';
      this.say('return', `${hostOf(parameters[0])} ${String(parameters[1])} -> ${to}`);
    }
    if (name === 'addEvent' && answer === 'written') {
      const [, id, event] = parameters as readonly [unknown, unknown, ReturnEvent];
      this.#drains.moveBack(hostOf(id), event);
    }
    if (name === 'move' && answer === 'written') {
      const [, id, { from, to, message }] = parameters as readonly [unknown, unknown, ReturnMove];
      this.say('return', `${hostOf(id)} ${from} -> ${to}${message === null ? '' : `: ${message}`}`);
    }
  }

  #hearRepair(name: string, parameters: Parameters, answer: unknown): void {
    if (name === 'openOrJoin') {
      const { kind, repair } = answer as {
        readonly kind: string;
        readonly repair?: RepairRecord;
      };
      if (repair === undefined) return;
      if (kind === 'opened') this.#names.set(repair.id, `repair-${++this.#repairs}`);
      this.say('repair', `${repair.id} ${kind} for ${repair.subject} by ${String(parameters[1])}`);
    }
    if (answer !== 'written') return;
    const [, id, change] = parameters as readonly [
      unknown,
      string,
      RepairChange & { step?: string },
    ];
    const said = change.message ?? '';
    if (name === 'addEvent') this.say('repair', `${id} ${change.step}: ${said}`);
    if (name === 'change' && change.closesAfterReports !== undefined) {
      this.say('repair', `${id} ends: ${change.status}, ${said}`);
    }
  }

  #stale(name: string, answer: unknown): void {
    if (answer === 'stale')
      this.say('store', `refuses ${name}: the replica is no longer the holder`);
  }

  async #tellStatuses(): Promise<void> {
    for (const [uuid, known] of this.#notifications) {
      const row = await this.#stores?.notifications.read(uuid);
      if (row === undefined || row.status === known.status) continue;
      this.say('notification', `${known.name} ${known.status} -> ${row.status}`);
      known.status = row.status;
    }
  }

  #named(text: string): string {
    return text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (uuid) => {
      const server = this.#cloud?.instance(uuid)?.server.name;
      return this.#names.get(uuid) ?? server ?? uuid;
    });
  }

  name(uuid: string, name: string): void {
    this.#names.set(uuid, name);
  }
}

/** Tells of each answered call. */
function hearing<Port extends object>(port: Port, hear: Hear): Port {
  return wrappedPort(port, (name, method) => async (...parameters) => {
    const answer = await method(...parameters);
    await hear(name, parameters, answer);
    return answer;
  });
}
