/**
 * Remembers how each host was forced down, and says what is true when its service is enabled for
 * its return. Reserved hosts, drained ones and those with a failed process have rules of their own.
 */
import type { HostName } from '@medevac/kernel';
import type { EnablingFacts } from '../invariants/enabling.ts';
import type { NovaWrite } from '../world/nova-write.ts';
import type { ActWitnesses } from './act-facts.ts';

type Maintained = Pick<EnablingFacts, 'isOnMaintenance' | 'keptBackForMs'>;

export interface EnablingBookParts extends Pick<ActWitnesses, 'clock' | 'cloud' | 'ledger'> {
  /** As it stands in the database in this moment. */
  readonly maintenanceOf: (host: HostName) => Promise<Maintained>;
}

/** Of a drain and of a failed process. */
const OTHER_REASONS = /^medevac (?:drain |[\w-]+: )/;

export class EnablingBook {
  readonly #parts: EnablingBookParts;
  readonly #downSinceMs = new Map<HostName, number>();
  /** By the reason that a call of ours gave: whether the service was enabled before. */
  readonly #wasEnabled = new Map<string, boolean>();

  constructor(parts: EnablingBookParts) {
    this.#parts = parts;
  }

  /** What is so as Nova carries an enabling out; `undefined`: it is about something else. */
  note({ kind, host, change }: NovaWrite): Promise<EnablingFacts> | undefined {
    if (kind !== 'changeService' || host === null || change === null) return undefined;
    const { clock, cloud, ledger } = this.#parts;
    const { service, lastReportMs } = cloud.host(host);
    const reason = change.disabledReason;
    if (change.forcedDown === true) {
      this.#downSinceMs.set(host, clock.monotonicMs());
      if (reason !== undefined && !this.#wasEnabled.has(reason)) {
        this.#wasEnabled.set(reason, service.isEnabled);
      }
    }
    if (change.status !== 'enabled' || service.isEnabled) return undefined;
    const { disabledReason, unchangedForMs } = service;
    if (ledger.reserved.heldFor(host) !== undefined) return undefined;
    if (OTHER_REASONS.test(disabledReason ?? '')) return undefined;
    const nowMs = clock.monotonicMs();
    const incident = ledger.openIncident(host);
    return this.#withMaintenance(host, {
      ...{ host, disabledReason, unchangedForMs },
      wasEnabled: this.#wasEnabled.get(disabledReason ?? ''),
      silentForMs: nowMs - lastReportMs,
      hasReported: lastReportMs > (this.#downSinceMs.get(host) ?? Number.NEGATIVE_INFINITY),
      incidentForMs: incident === undefined ? undefined : nowMs - incident.openedMs,
    });
  }

  async #withMaintenance(
    host: HostName,
    facts: Omit<EnablingFacts, keyof Maintained>,
  ): Promise<EnablingFacts> {
    return { ...facts, ...(await this.#parts.maintenanceOf(host)) };
  }
}
