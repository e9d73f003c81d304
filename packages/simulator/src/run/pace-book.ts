/** Keeps what is needed to judge the pace: whose evacuate calls came one after the other. */
import { IncidentState } from '@medevac/core';
import type { HostName } from '@medevac/kernel';
import type { PaceFacts } from '../invariants/pace.ts';
import type { NovaWrite } from '../world/nova-write.ts';
import type { ActWitnesses } from './act-facts.ts';

export interface PaceBookParts extends Pick<ActWitnesses, 'clock' | 'cloud' | 'ledger'> {
  /** As many as all replicas together may have open. */
  readonly bound: number;
}

/** From the beginning of its evacuation until a recovery has asked for its first places. */
const BEGIN_MS = 5_000;

export class PaceBook {
  readonly #parts: PaceBookParts;
  #last: HostName | undefined;
  #inARow = 0;

  constructor(parts: PaceBookParts) {
    this.#parts = parts;
  }

  /** What is so as Nova carries out an evacuate call; `undefined`: it is about something else. */
  note(write: NovaWrite): PaceFacts | undefined {
    const { host } = write;
    if (write.kind !== 'evacuate' || host === null) return undefined;
    const waiting = this.#waitingBeside(host);
    this.#inARow = waiting.length === 0 ? 0 : host === this.#last ? this.#inARow + 1 : 1;
    this.#last = host;
    const open = this.#openBeside(write) + 1;
    return { host, open, bound: this.#parts.bound, inARow: this.#inARow, waiting };
  }

  /** Those of which something may still come: what a dead destination was to do is given up. */
  #openBeside({ instance }: NovaWrite): number {
    const { cloud } = this.#parts;
    const others = cloud.instances().filter(({ server }) => server.uuid !== instance);
    return others.filter(({ server }) =>
      cloud.openMigrations(server.uuid).some((one) => one.type === 'evacuation' && one.isAlive),
    ).length;
  }

  /** Other hosts that are being evacuated, with instances that nobody has asked for yet. */
  #waitingBeside(host: HostName): readonly HostName[] {
    const { clock, cloud, ledger } = this.#parts;
    const asked = new Set(cloud.migrations().map((one) => one.instanceUuid));
    return cloud
      .hosts()
      .map(({ name }) => name)
      .filter((name) => {
        const incident = name === host ? undefined : ledger.openIncident(name);
        if (incident?.state !== IncidentState.evacuating) return false;
        if (clock.monotonicMs() - incident.sinceMs < BEGIN_MS) return false;
        return cloud.instances(name).some(({ server }) => !asked.has(server.uuid));
      });
  }
}
