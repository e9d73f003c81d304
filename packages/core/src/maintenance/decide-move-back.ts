/**
 * Whether an instance that a recovery has evacuated goes back to its host once that is in service
 * again: only what runs, has nothing under way, and is still where the recovery put it. Whoever has
 * moved it since had a reason.
 */
import type { MoveMigration } from './decide-move.ts';

export interface MoveBackFacts {
  /** Where the recovery put it. */
  readonly destHost: string;
  /** The evacuation that put it there; `undefined`: Nova has forgotten it. */
  readonly evacuation: number | undefined;
  readonly server:
    | {
        readonly host: string | null;
        readonly vmState: string;
        readonly powerState: number;
        readonly taskState: string | null;
      }
    | undefined;
  /** Records of the instance that name `destHost`. */
  readonly migrations: readonly MoveMigration[];
}

const RUNNING = 1;

/** Why it stays where it is; `undefined`: it may go back. */
export function whyNotMovedBack(facts: MoveBackFacts): string | undefined {
  const { destHost, evacuation, server } = facts;
  if (server === undefined) return 'Nova has it no more';
  if (server.host !== destHost) {
    return `it was moved on: it is on ${server.host ?? 'no host'}, and not on ${destHost}`;
  }
  if (evacuation === undefined) return `Nova has no record of how it came to ${destHost}`;
  const later = facts.migrations.find(({ id }) => id > evacuation);
  if (later !== undefined) {
    return `it was moved on: its ${later.type} ${later.id} is newer than its evacuation`;
  }
  if (server.taskState !== null) return `its task is ${server.taskState}`;
  if (server.vmState !== 'active' || server.powerState !== RUNNING) {
    return `it does not run: it is ${server.vmState}`;
  }
  return undefined;
}
