/**
 * What is done for an instance that was never moved away from a host which is back in service: it
 * is brought to the state that it had before, and only where Nova itself has found its guest off.
 * Nothing is done to one that runs or may run anywhere else.
 */
import { isMigrationOpen, type MigrationFacts } from '../evacuation/decide-instance.ts';

export interface LeftInstanceFacts {
  readonly host: string;
  /** `vm_state` before the failure. */
  readonly vmStateBefore: string;
  /** Nova's code of its power before the failure. */
  readonly powerStateBefore: number;
  readonly server:
    | {
        readonly host: string | null;
        readonly vmState: string;
        readonly taskState: string | null;
        /** Nova's code: 1 runs, 4 is off. */
        readonly powerState: number;
      }
    | undefined;
  /** All migrations of the instance, in whichever direction. */
  readonly migrations: readonly Pick<MigrationFacts, 'id' | 'status' | 'type' | 'destHost'>[];
  /** The newest stop or start that somebody asked for; `nova`: Nova stopped it by itself. */
  readonly lastAskedBy: 'nova' | 'person' | 'nobody';
}

export type LeftInstanceAction =
  | { readonly kind: 'start' }
  | { readonly kind: 'pause' }
  /** Nova has not said yet what became of its guest, or something is under way. */
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'settled'; readonly reason: string };

const OFF = 4;
/** States in which a guest ran, or was in memory, before the failure. */
const RAN: readonly string[] = ['active', 'paused'];

export function decideLeftInstance(facts: LeftInstanceFacts): LeftInstanceAction {
  const { host, server, vmStateBefore } = facts;
  if (server === undefined) return settled('it was deleted');
  if (server.host !== host) return settled(`it is on ${server.host ?? 'no host'} now`);
  if (!RAN.includes(vmStateBefore) || facts.powerStateBefore === OFF) {
    return settled(`it did not run before the failure: it was ${vmStateBefore}`);
  }
  const open = facts.migrations.find(isMigrationOpen);
  if (open !== undefined) {
    const to = open.destHost ?? 'another host';
    const reason = `${open.type} ${open.id} to ${to} is ${open.status}`;
    return { kind: 'wait', reason };
  }
  if (server.taskState !== null) return { kind: 'wait', reason: `its task is ${server.taskState}` };
  if (server.vmState === 'stopped' && server.powerState === OFF) {
    if (facts.lastAskedBy === 'person') return settled('somebody has stopped it since');
    return { kind: 'start' };
  }
  if (server.vmState === 'active' && vmStateBefore === 'paused' && server.powerState !== OFF) {
    return { kind: 'pause' };
  }
  if (server.vmState !== 'active' && server.vmState !== 'paused')
    return settled(`it is ${server.vmState}`);
  // Nova compares its state with the guest in its own time; until then it shows what it knew.
  return {
    kind: 'wait',
    reason: `Nova shows it ${server.vmState} and does not say that its guest is off`,
  };
}

const settled = (reason: string): LeftInstanceAction => ({ kind: 'settled', reason });
