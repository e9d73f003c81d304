/** What the commands on incidents share: who asks, and what is answered. */
import type { Clock, Log } from '@medevac/kernel';
import type { JournalStore } from '@medevac/workflow';
import type { IncidentCommandStore } from '../stores/incident-command-store.ts';
import type { IncidentRecord, IncidentStore } from '../stores/incident-store.ts';
import type { VmoveStore } from '../stores/vmove-store.ts';

export interface IncidentCommandParts {
  readonly stores: {
    readonly incidents: IncidentStore;
    readonly incidentCommands: IncidentCommandStore;
    readonly vmoves: Pick<VmoveStore, 'list'>;
    readonly journal: JournalStore;
  };
  readonly clock: Clock;
  readonly log: Log;
}

/** Who asks, and in which words. */
export interface IncidentOrder {
  readonly by: string;
  readonly note: string | null;
}

export type CommandResult =
  | { readonly kind: 'taken'; readonly incident: IncidentRecord }
  | { readonly kind: 'missing' }
  /** `reason` says what stands against it and what to do, in one sentence. */
  | { readonly kind: 'refused'; readonly reason: string };

export const refused = (reason: string): CommandResult => ({ kind: 'refused', reason });

/** For people: what was done, by whom, and in which words. */
export const saying = (what: string, { by, note }: IncidentOrder): string =>
  `${what} by ${by}${note === null ? '' : `: ${note}`}`;
