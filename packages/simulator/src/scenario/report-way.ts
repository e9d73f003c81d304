/**
 * The way of a report into the product, as the API gives it: refused with 409 while the host is on
 * maintenance or when it is a duplicate, and then kept as evidence all the same.
 */
import { EvidenceKind } from '@medevac/engine';
import type { Clock, HostName, NotificationUuid } from '@medevac/kernel';
import type { Stores } from '@medevac/store';
import type { EventOf } from './events-file.ts';
import type { Narrator } from './narrator.ts';

export interface ReportWayParts {
  readonly clock: Clock;
  readonly stores: Stores;
  readonly narrator: Narrator;
  /** A report of a host failure was kept, as a notification or as evidence. */
  readonly onHostFailure: (host: HostName) => void;
  readonly nudge: () => void;
}

/** Masakari's default. */
const DUPLICATE_WINDOW_MS = 180_000;
const STOPPED = { event: 'STOPPED', host_status: 'NORMAL', cluster_status: 'OFFLINE' };

export class ReportWay {
  readonly #parts: ReportWayParts;
  #kept = 0;

  constructor(parts: ReportWayParts) {
    this.#parts = parts;
  }

  async report(event: EventOf<'report'>): Promise<void> {
    const { clock, narrator, stores } = this.#parts;
    const payload = Object.keys(event.payload).length > 0 ? event.payload : STOPPED;
    const { type, by } = event;
    const said = `${by} reports ${type} ${payload['event'] ?? ''} of ${event.host}`;
    const host = await stores.segments.findHost(event.host as HostName);
    if (host === undefined) return narrator.say('report', `${said}: the host is unknown`);
    if (host.onMaintenance) {
      narrator.say('report', `${said}: 409, it is on maintenance`);
      return await this.#keepAsEvidence(event, payload);
    }
    const number = this.#kept + 1;
    const uuid = `00000000-0000-4000-b000-${String(number).padStart(12, '0')}` as NotificationUuid;
    const atMs = clock.wallMs();
    const outcome = await stores.notifications.create(
      {
        uuid,
        type,
        hostUuid: host.uuid,
        hostName: host.name,
        segmentUuid: host.segmentUuid,
        generatedAtMs: atMs,
        payload,
        reportedBy: by,
        createdAtMs: atMs,
      },
      DUPLICATE_WINDOW_MS,
    );
    if (outcome.kind === 'duplicate') {
      narrator.say('report', `${said}: 409, it is a duplicate of ${outcome.of.uuid}`);
      return await this.#keepAsEvidence(event, payload);
    }
    this.#kept = number;
    narrator.follow(uuid, `report-${number}`);
    narrator.say('report', `${said}: accepted as ${uuid}`);
    if (isHostFailure(type, payload)) this.#parts.onHostFailure(host.name);
    this.#parts.nudge();
  }

  async #keepAsEvidence(
    event: EventOf<'report'>,
    payload: Readonly<Record<string, string>>,
  ): Promise<void> {
    const { clock, stores, onHostFailure } = this.#parts;
    if (!isHostFailure(event.type, payload)) return;
    const outcome = await stores.incidents.addEvidence(event.host as HostName, {
      kind: EvidenceKind.failure,
      source: 'notification',
      observer: event.by,
      content: { payload },
      receivedAtMs: clock.wallMs(),
    });
    if (outcome === 'added') onHostFailure(event.host as HostName);
  }
}

const isHostFailure = (type: string, payload: Readonly<Record<string, string>>): boolean =>
  type === 'COMPUTE_HOST' && payload['event'] === 'STOPPED' && payload['host_status'] === 'NORMAL';
