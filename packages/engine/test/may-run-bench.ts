/**
 * One instance of the dead host `dead-1` that was on its way to hosts which died too, with all that
 * a look at those rests on, each of it to be changed by the test.
 */
import type { Confirmation, InstanceFacts, MigrationFacts } from '@medevac/core';
import { type FenceDevice, powerDevice } from '@medevac/fencing';
import {
  type HostName,
  type IncidentId,
  type InstanceUuid,
  ManualClock,
  silentLog,
} from '@medevac/kernel';
import type { Recovery } from '../src/recovery/context.ts';
import { MayRunSets } from '../src/recovery/may-run-set.ts';
import type { KeptWriteOff } from '../src/recovery/write-offs.ts';
import { FakeFeed } from './fake-feeds.ts';

export const INSTANCE = '00000000-0000-4000-a000-000000000001' as InstanceUuid;

/** A host that was confirmed dead in an incident of its own, unless the test says otherwise. */
export class Destination {
  readonly host: HostName;
  readonly feed: FakeFeed;
  hasIncident = true;
  isInSegment = true;
  returnState = 'waiting';
  forcedDown = true;
  stamp = 'after-our-write';
  signOfLife: number | undefined;
  confirmation: Confirmation;

  constructor(host: string, isWatched: boolean) {
    this.host = host as HostName;
    this.feed = new FakeFeed('bmc');
    this.feed.power = 'off';
    const basis = isWatched ? 'power_off' : 'trusted_report';
    this.confirmation = { kind: 'off', basis, by: 'bmc', evidenceId: 5 };
  }

  get incident(): IncidentId {
    return `incident-of-${this.host}` as IncidentId;
  }

  get view() {
    const { forcedDown, host, stamp: updatedAt } = this;
    const status = 'disabled' as const;
    return { kind: 'seen', host, uuid: `service-${host}`, forcedDown, status, updatedAt } as const;
  }

  get certificate() {
    const { confirmation, view } = this;
    return { confirmation, serviceUuid: view.uuid, stamp: 'after-our-write' };
  }
}

export class MayRunBench {
  readonly clock = new ManualClock();
  readonly destinations: readonly Destination[];
  /** What Placement names. */
  providers: string[] = [];
  /** Journaled write-offs. */
  readonly kept: KeptWriteOff[] = [];

  constructor(hosts: readonly string[], { isWatched = true } = {}) {
    this.destinations = hosts.map((host) => new Destination(host, isWatched));
    this.#fenceDevices = isWatched ? [this.#device()] : [];
  }

  readonly #fenceDevices: readonly FenceDevice[];

  /** The set as the first round opens it. */
  async open() {
    const sets = await MayRunSets.open(this.#recovery(), '1');
    return sets.of(INSTANCE, this.#scope() as never);
  }

  /** An evacuation from `dead-1`, and the instance as it leaves it. */
  facts(
    rows: readonly Partial<MigrationFacts>[],
    server: Partial<NonNullable<InstanceFacts['server']>> = {},
  ) {
    const evacuations = rows
      .map((row, index) => ({
        ...{ id: index + 1, type: 'evacuation', status: 'accepted' },
        ...{ sourceHost: 'dead-1', destHost: null },
        ...row,
      }))
      .toReversed();
    const facts: InstanceFacts = {
      ...{ failedHost: 'dead-1', vmStateBefore: 'active', ranBefore: true },
      server: { host: 'dead-1', vmState: 'active', taskState: 'rebuilding', ...server },
      ...{ evacuations, otherOpenMigrations: [], writeOffs: [], heldBack: undefined },
      ...{ unchangedForMs: 3_600_000, patienceMs: 7_200_000 },
    };
    return facts;
  }

  /** Long enough that everything is read again. */
  async later(): Promise<void> {
    await this.clock.advance(60_000);
  }

  #device(): FenceDevice {
    const devices = new Map(
      this.destinations.map((one) => [one.host, powerDevice(one.feed, this.clock)]),
    );
    const [any] = devices.values();
    const readPower: FenceDevice['readPower'] = async (host, signal) =>
      (await devices.get(host)?.readPower?.(host, signal)) ?? { kind: 'on' };
    return { ...(any as FenceDevice), name: 'bmc', readPower };
  }

  #of(key: string): Destination | undefined {
    return this.destinations.find(({ host, incident }) => host === key || key.includes(incident));
  }

  #scope() {
    return {
      signal: new AbortController().signal,
      wasDone: () => false,
      step: async (_name: string, _options: unknown, act: () => Promise<KeptWriteOff>) => {
        const kept = await act();
        this.kept.push(kept);
        return kept;
      },
    };
  }

  /** Of a recovery, what a may-run set asks for. */
  #recovery(): Recovery {
    const { clock } = this;
    const stores = {
      returns: {
        list: async ({ filter: { hostName } }: { filter: { hostName: HostName } }) => {
          const one = this.#of(hostName);
          const rows = one?.hasIncident
            ? [{ incidentId: one.incident, state: one.returnState }]
            : [];
          return { kind: 'page', rows };
        },
      },
      segments: {
        findHost: async (host: HostName) => (this.#of(host)?.isInSegment ? {} : undefined),
      },
      incidents: {
        read: async (id: IncidentId) => ({ id, hostName: this.#of(id)?.host, retries: 0 }),
        readEvidence: async (id: IncidentId) => {
          const life = this.#of(id)?.signOfLife;
          return life === undefined ? [] : [{ id: life, kind: 'sign_of_life' }];
        },
      },
    };
    const fake = {
      ports: {
        ...{ clock, log: silentLog, stores, fenceDevices: this.#fenceDevices },
        placement: { allocatedProviders: async () => ['dead-1', ...this.providers] },
      },
      settings: { timing: { callSettleMs: 90_000, instanceMs: 3_600_000 } },
      watch: {
        views: () => this.destinations.map((one) => one.view),
        refresh: async (host: HostName) => this.#of(host)?.view,
      },
      journal: {
        readSteps: async (run: string) => [
          { path: 'certificate-1', state: 'done', result: this.#of(run)?.certificate },
        ],
      },
      scope: this.#scope(),
      incident: { id: 'incident-of-dead-1', hostName: 'dead-1', retries: 0 },
    };
    return fake as unknown as Recovery;
  }
}
