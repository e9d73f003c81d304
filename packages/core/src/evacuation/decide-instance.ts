/**
 * The next thing to do for one instance of a dead host, decided from what Nova shows now. It is
 * asked again after every observation, by any replica, so nothing here depends on what was asked
 * before: Nova's migration records tell which evacuations were begun and how they ended.
 */

import { type Restoration, treatmentOf } from '../protection/instance-states.ts';
import { type WriteOff, withoutWrittenOff } from './write-offs.ts';

export interface InstanceFacts {
  readonly failedHost: string;
  /** `vm_state` before the recovery began: the state that the owner knows. */
  readonly vmStateBefore: string;
  /** Whether Nova had seen its guest run before. */
  readonly ranBefore: boolean;
  /** `undefined`: Nova knows the instance no more. */
  readonly server:
    | {
        readonly host: string | null;
        readonly vmState: string;
        readonly taskState: string | null;
      }
    | undefined;
  /** Evacuations away from the failed host since the recovery began, newest first. */
  readonly evacuations: readonly MigrationFacts[];
  /** All other migrations of the instance that have not ended. */
  readonly otherOpenMigrations: readonly MigrationFacts[];
  /** Of both, those whose other hosts were confirmed dead, as they stood then. */
  readonly writeOffs: readonly WriteOff[];
  /** Why nothing more may be asked for it; what is under way is followed to its end. */
  readonly heldBack: string | undefined;
  /** How long all of this has looked the same, by our monotonic clock. */
  readonly unchangedForMs: number;
  /** An evacuation that has not moved for this long is given up as stuck; it is never reset. */
  readonly patienceMs: number;
}

export interface MigrationFacts {
  readonly id: number;
  readonly type: string;
  readonly status: string;
  readonly sourceHost: string | null;
  readonly destHost: string | null;
}

export type InstanceAction =
  | { readonly kind: 'evacuate' }
  /** Clear the task or the error that a dead host or a failed try of ours left behind. */
  | { readonly kind: 'reset'; readonly reason: string }
  /** It has arrived and runs; this brings it nearer to the state that it had before. */
  | { readonly kind: 'restore'; readonly by: Exclude<Restoration, 'none'> }
  | { readonly kind: 'wait'; readonly reason: string }
  /** A try of ours failed: pause, then `next`. `forCapacity`: no host had room. */
  | {
      readonly kind: 'retry';
      readonly next: 'evacuate' | 'reset';
      readonly failures: number;
      readonly forCapacity: boolean;
      readonly reason: string;
    }
  | { readonly kind: 'recovered'; readonly destHost: string }
  | { readonly kind: 'gone'; readonly reason: string }
  | { readonly kind: 'give-up'; readonly reason: string };

/**
 * nova-api sets the task of an accepted evacuation a moment before it writes the migration record.
 * A rebuild without a record is taken for the dead host's own only after this long.
 */
const RECORD_LAG_MS = 60_000;

/** Migration records in these states change no more by themselves. */
const FINAL_MIGRATIONS: ReadonlySet<string> = new Set([
  'done',
  'completed',
  'confirmed',
  'reverted',
  'error',
  'failed',
  'cancelled',
]);

export const isMigrationOpen = (migration: Pick<MigrationFacts, 'status'>): boolean =>
  !FINAL_MIGRATIONS.has(migration.status);

/** `done`: arrived. `completed`: arrived, and the source has cleaned up after its return. */
export const hasArrived = (migration: Pick<MigrationFacts, 'status'>): boolean =>
  migration.status === 'done' || migration.status === 'completed';

export function decideInstance(facts: InstanceFacts): InstanceAction {
  const { server } = facts;
  if (server === undefined) {
    return { kind: 'gone', reason: 'the instance was deleted during the recovery' };
  }
  const seen = leaveOutVoid(facts);
  if (server.host !== null && server.host !== facts.failedHost) {
    return settleElsewhere(seen, server, facts.evacuations.length > 0);
  }
  return settleHere(seen, server);
}

/** The facts without the records that were written off and still stand as they stood then. */
function leaveOutVoid(facts: InstanceFacts): InstanceFacts {
  if (facts.writeOffs.length === 0) return facts;
  const ours = withoutWrittenOff(facts.evacuations, facts.writeOffs);
  const others = withoutWrittenOff(facts.otherOpenMigrations, facts.writeOffs);
  return {
    ...facts,
    evacuations: ours.records,
    otherOpenMigrations: others.records,
    heldBack: facts.heldBack ?? ours.takenUp ?? others.takenUp,
  };
}

/** Open records by which the instance may run, or begin to run, on a host beside the failed one. */
export function mayRunBy(facts: InstanceFacts): readonly MigrationFacts[] {
  const { evacuations, failedHost, otherOpenMigrations } = leaveOutVoid(facts);
  const others = otherOpenMigrations.filter(
    (one) => one.type === 'evacuation' || otherHostOf(one, failedHost) !== undefined,
  );
  return [...evacuations.filter(isMigrationOpen), ...others];
}

function settleHere(facts: InstanceFacts, server: ServerFacts): InstanceAction {
  // Not only the newest: a call that was delivered twice has begun two of them.
  const open = facts.evacuations.find(isMigrationOpen);
  if (open !== undefined) {
    const to = open.destHost === null ? '' : ` to ${open.destHost}`;
    return waitOrGiveUp(facts, `evacuation ${open.id}${to} is ${open.status}`);
  }
  const stranger = mayRunElsewhere(facts);
  if (stranger !== undefined) return waitOrGiveUp(facts, stranger);
  const arrived = facts.evacuations.find(hasArrived);
  if (arrived !== undefined) {
    const { id, status } = arrived;
    return waitOrGiveUp(facts, `evacuation ${id} is ${status}, but not the instance`);
  }
  if (facts.heldBack !== undefined) return waitOrGiveUp(facts, facts.heldBack);
  const [latest] = facts.evacuations;
  if (latest !== undefined) return retryAfter(facts, server, latest);
  return begin(facts, server);
}

type ServerFacts = NonNullable<InstanceFacts['server']>;

function waitOrGiveUp(facts: InstanceFacts, reason: string): InstanceAction {
  if (facts.unchangedForMs < facts.patienceMs) return { kind: 'wait', reason };
  const minutes = Math.round(facts.unchangedForMs / 60_000);
  return { kind: 'give-up', reason: `stuck: ${reason}, unchanged for ${minutes} min` };
}

function settleElsewhere(
  facts: InstanceFacts,
  server: ServerFacts,
  wasEvacuated: boolean,
): InstanceAction {
  const host = server.host ?? '';
  if (!wasEvacuated) {
    return { kind: 'gone', reason: `the instance is on ${host}; it was moved by somebody else` };
  }
  const open = facts.evacuations.find(
    (one) => isMigrationOpen(one) && !isLeftOver(facts, host, one),
  );
  if (open !== undefined) {
    return waitOrGiveUp(facts, `evacuation ${open.id} is ${open.status}`);
  }
  if (server.taskState !== null) {
    return waitOrGiveUp(facts, `it is on ${host} with task ${server.taskState}`);
  }
  if (server.vmState === 'error' && facts.vmStateBefore !== 'error') {
    return { kind: 'give-up', reason: `the instance is on ${host} and in error there` };
  }
  const by = nextRestoration(facts, server);
  return by === 'none' ? { kind: 'recovered', destHost: host } : { kind: 'restore', by };
}

/**
 * Nova's conductor takes the oldest record that is `accepted`, so that of two calls one record may
 * stay as it is for ever. A rebuild message that is still on its way does nothing to an instance
 * that has arrived and has no task.
 */
const isLeftOver = (facts: InstanceFacts, host: string, one: MigrationFacts): boolean =>
  one.status === 'accepted' &&
  one.destHost === null &&
  facts.unchangedForMs >= RECORD_LAG_MS &&
  facts.server?.taskState === null &&
  facts.evacuations.some((other) => hasArrived(other) && other.destHost === host);

/** Only what an evacuation left running is changed: anything else is its owner's later word. */
function nextRestoration(facts: InstanceFacts, { vmState }: ServerFacts): Restoration {
  const { restoration } = treatmentOf(facts.vmStateBefore);
  if (restoration !== 'error') return vmState === 'active' ? restoration : 'none';
  if (vmState === 'active' && !facts.ranBefore) return 'stop';
  const isArrived = vmState === 'active' || vmState === 'stopped';
  return isArrived ? 'error' : 'none';
}

/**
 * Nova's host plus source and destination of every migration that is not final may run the
 * instance. A destination is not known to be dead, so nothing is started while it may.
 */
function mayRunElsewhere(facts: InstanceFacts): string | undefined {
  for (const migration of facts.otherOpenMigrations) {
    if (migration.type === 'evacuation') {
      return `evacuation ${migration.id}, begun by somebody else, is ${migration.status}`;
    }
    const other = otherHostOf(migration, facts.failedHost);
    if (other !== undefined) {
      return `it may run on ${other}: ${migration.type} ${migration.id} is ${migration.status}`;
    }
  }
  return undefined;
}

const otherHostOf = (
  { destHost, sourceHost }: MigrationFacts,
  failedHost: string,
): string | undefined =>
  [destHost, sourceHost].find((host) => host !== null && host !== failedHost) ?? undefined;

function retryAfter(
  facts: InstanceFacts,
  server: ServerFacts,
  latest: MigrationFacts,
): InstanceAction {
  const failures = facts.evacuations.filter((one) => !isMigrationOpen(one) && !hasArrived(one));
  const forCapacity = latest.status === 'error' && server.vmState === 'error';
  const next = server.vmState === 'error' || server.taskState !== null ? 'reset' : 'evacuate';
  const why = forCapacity ? 'no host had room for it' : `it ended as ${latest.status}`;
  return {
    kind: 'retry',
    next: facts.vmStateBefore === 'error' && server.taskState === null ? 'evacuate' : next,
    failures: failures.length,
    forCapacity,
    reason: `evacuation ${latest.id} failed: ${why}`,
  };
}

function begin(facts: InstanceFacts, server: ServerFacts): InstanceAction {
  const { taskState, vmState } = server;
  const { treatment, resetsFirst, reason } = treatmentOf(vmState);
  if (treatment === 'leave') return { kind: 'gone', reason: `it is ${vmState} now: ${reason}` };
  if (treatment === 'refuse') return { kind: 'give-up', reason: `it is ${vmState} now: ${reason}` };
  const mayFollow = facts.writeOffs.length === 0 && facts.unchangedForMs < RECORD_LAG_MS;
  if (taskState?.startsWith('rebuild') === true && mayFollow) {
    return { kind: 'wait', reason: `its task is ${taskState}; a migration record may follow` };
  }
  if (taskState !== null) {
    // The host that carried the task out is confirmed dead: nobody will ever end it.
    return { kind: 'reset', reason: `its task ${taskState} died with the host` };
  }
  if (resetsFirst) return { kind: 'reset', reason: `Nova evacuates nothing that is ${vmState}` };
  return { kind: 'evacuate' };
}
