/**
 * The monitors of the cloud: they see that a machine is dead and report it until it is not, and
 * they report what a fault makes them say. A report takes the way that the API gives it: refused
 * while the host is on maintenance or when it is a duplicate, and then kept as evidence.
 */
import { EvidenceKind } from '@medevac/engine';
import type { Clock, HostName, NotificationUuid } from '@medevac/kernel';
import type { Stores } from '@medevac/store';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';

export interface ReporterParts {
  readonly clock: Clock;
  readonly cloud: SimulatedCloud;
  readonly stores: Stores;
  readonly say: (text: string) => void;
  /** A report about the host was kept. */
  readonly onReport: (host: HostName) => void;
  readonly nudge: () => void;
}

const LOOK_MS = 5_000;
/** A machine that is seen dead for this long is reported. */
const CERTAIN_MS = 10_000;
const REPEAT_MS = 60_000;
/** Of one payload; the API's default window is longer, but monitors count their reports here. */
const DUPLICATE_WINDOW_MS = 900_000;

export class Reporters {
  readonly #parts: ReporterParts;
  readonly #deadSinceMs = new Map<HostName, number>();
  readonly #reportedMs = new Map<HostName, number>();
  readonly kept: NotificationUuid[] = [];
  #sent = 0;
  #stop: (() => void) | undefined;

  constructor(parts: ReporterParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stop = this.#parts.clock.every(LOOK_MS, () => this.#look());
  }

  stop(): void {
    this.#stop?.();
  }

  async report(name: HostName): Promise<void> {
    const { clock, stores, say, onReport, nudge } = this.#parts;
    const number = ++this.#sent;
    const host = await stores.segments.findHost(name);
    if (host === undefined) return;
    say(`a monitor reports that ${name} has failed`);
    const payload = {
      event: 'STOPPED',
      host_status: 'NORMAL',
      cluster_status: `OFFLINE-${number}`,
    };
    const uuid = `00000000-0000-4000-b000-${String(number).padStart(12, '0')}` as NotificationUuid;
    const evidence = async (): Promise<void> => {
      const outcome = await stores.incidents.addEvidence(name, {
        kind: EvidenceKind.failure,
        source: 'notification',
        observer: 'monitor',
        content: { payload },
        receivedAtMs: clock.wallMs(),
      });
      if (outcome === 'added') onReport(name);
    };
    if (host.onMaintenance) return await evidence();
    const outcome = await stores.notifications.create(
      {
        uuid,
        type: 'COMPUTE_HOST',
        hostUuid: host.uuid,
        hostName: name,
        segmentUuid: host.segmentUuid,
        generatedAtMs: clock.wallMs(),
        payload,
        reportedBy: 'monitor',
        createdAtMs: clock.wallMs(),
      },
      DUPLICATE_WINDOW_MS,
    );
    if (outcome.kind === 'duplicate') return await evidence();
    onReport(name);
    this.kept.push(uuid);
    nudge();
  }

  async #look(): Promise<void> {
    const nowMs = this.#parts.clock.monotonicMs();
    for (const { name, power, kernel } of this.#parts.cloud.hosts()) {
      if (power === 'on' && kernel !== 'crashed') {
        this.#deadSinceMs.delete(name);
        this.#reportedMs.delete(name);
        continue;
      }
      const sinceMs = this.#deadSinceMs.get(name) ?? nowMs;
      this.#deadSinceMs.set(name, sinceMs);
      const reportedMs = this.#reportedMs.get(name) ?? Number.NEGATIVE_INFINITY;
      if (nowMs - sinceMs < CERTAIN_MS || nowMs - reportedMs < REPEAT_MS) continue;
      this.#reportedMs.set(name, nowMs);
      await this.report(name);
    }
  }
}
