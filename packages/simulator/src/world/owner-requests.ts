/**
 * What owners ask of Nova's API for their instances, by its rules: an action needs a state and no
 * task, becomes the task of the instance, and is a message to its host, which may be dead. Nova
 * deletes by itself where the host is down.
 */
import type { HostName } from '@medevac/kernel';
import type { NovaCompute } from './nova-compute.ts';
import type { NovaTables, ServerRow } from './nova-tables.ts';
import type { ServerLocks } from './server-locks.ts';
import type { ServerMoves } from './server-moves.ts';

export type OwnerAction =
  | 'delete'
  | 'stop'
  | 'start'
  | 'reboot'
  | 'hard-reboot'
  | 'rebuild'
  | 'resize'
  | 'lock'
  | 'unlock';

interface Request {
  readonly from: readonly string[];
  readonly task: string;
  readonly carryOut: (compute: NovaCompute, server: ServerRow) => void;
}

const REQUESTS: Readonly<Record<Exclude<OwnerAction, 'resize' | 'lock' | 'unlock'>, Request>> = {
  delete: {
    from: ['active', 'stopped', 'error', 'resized'],
    task: 'deleting',
    carryOut: (compute, server) => compute.destroy(server),
  },
  stop: {
    from: ['active'],
    task: 'powering-off',
    carryOut: (compute, server) => compute.stop(server),
  },
  start: {
    from: ['stopped'],
    task: 'powering-on',
    carryOut: (compute, server) => compute.restart(server, 'powering-on'),
  },
  reboot: {
    from: ['active'],
    task: 'rebooting',
    carryOut: (compute, server) => compute.restart(server, 'rebooting'),
  },
  'hard-reboot': {
    from: ['active', 'stopped', 'error'],
    task: 'rebooting_hard',
    carryOut: (compute, server) => compute.restart(server, 'rebooting_hard'),
  },
  rebuild: {
    from: ['active', 'stopped', 'error'],
    task: 'rebuilding',
    carryOut: (compute, server) => compute.restart(server, 'rebuilding'),
  },
};

export interface OwnerParts {
  readonly tables: NovaTables;
  readonly computes: ReadonlyMap<HostName, NovaCompute>;
  readonly moves: ServerMoves;
  readonly locks: ServerLocks;
  readonly say: (text: string, host?: HostName) => void;
}

/** At once; what Nova refuses changes nothing. */
export function askAsOwner(parts: OwnerParts, server: ServerRow, action: OwnerAction): void {
  const { tables, computes, moves, say } = parts;
  if (action === 'lock' || action === 'unlock') return askForLock(parts, server, action);
  // A live migration is not aborted for a deletion here: everything waits for the task to end.
  if (server.taskState !== null) return;
  const row = tables.service(server.host);
  say(`the owner asks to ${action} ${server.name}`, row.host);
  if (server.locked) {
    say(`Nova: ${server.name} is locked, and its owner is refused`, row.host);
    return;
  }
  if (action === 'resize') {
    moves.cold(server, 'resize');
    return;
  }
  if (action === 'delete' && !tables.isUp(row)) {
    tables.forgetServer(server.uuid);
    return;
  }
  const { from, task, carryOut } = REQUESTS[action];
  const compute = computes.get(row.host);
  if (!from.includes(server.vmState) || compute === undefined) return;
  tables.noteAction(server.uuid, action === 'hard-reboot' ? 'reboot' : action, 'owner');
  tables.touch(server, { taskState: task });
  compute.machine.send(() => carryOut(compute, server));
}

function askForLock(
  { locks, say }: OwnerParts,
  server: ServerRow,
  action: 'lock' | 'unlock',
): void {
  say(`the owner asks to ${action} ${server.name}`, server.host ?? undefined);
  if (action === 'lock') locks.lock(server, 'owner', 'hands off');
  else if (!locks.unlock(server, 'owner')) {
    say(`Nova: ${server.name} was locked by an administrator, and its owner is refused`);
  }
}
