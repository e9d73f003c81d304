/**
 * The next thing to do for one instance that is to leave a living host by Nova's own migrations: to
 * be asked again after every look, until it is settled. Nova refuses a second migration beside one
 * that is under way, so a request is made only for an instance that Nova shows at rest.
 */
import { isMigrationOpen } from '../evacuation/decide-instance.ts';
import { drainTreatmentOf } from './drain-treatments.ts';

export interface MoveMigration {
  readonly id: number;
  readonly type: string;
  readonly status: string;
  readonly sourceHost: string | null;
}

export interface MoveFacts {
  /** The host that it is to leave. */
  readonly source: string;
  /** `undefined`: Nova has it no more. */
  readonly server:
    | { readonly host: string | null; readonly vmState: string; readonly taskState: string | null }
    | undefined;
  /** Records of the instance that name the source, the newest first. */
  readonly migrations: readonly MoveMigration[];
  /** The newest record of all when its move was begun: later ones are tries. */
  readonly mark: number;
  /** `unknown`: a request of ours may have been carried out, or may be on its way still. */
  readonly asked: 'no' | 'unknown' | 'yes';
}

export type MoveAct = 'live' | 'cold' | 'confirm';

export type MoveDecision =
  | { readonly kind: 'moved'; readonly host: string }
  /** It needs no move, or cannot be moved: `keepsBusy` says whether it still uses the host. */
  | { readonly kind: 'left'; readonly keepsBusy: boolean; readonly reason: string }
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'ask'; readonly act: MoveAct }
  /** What was asked for has ended, and the instance is where it was. */
  | { readonly kind: 'failed'; readonly reason: string };

export function decideMove(facts: MoveFacts): MoveDecision {
  const { server, source, migrations } = facts;
  if (server === undefined) {
    return { kind: 'left', keepsBusy: false, reason: 'Nova has it no more' };
  }
  const open = migrations.find(isMigrationOpen);
  if (open !== undefined && isOurColdMove(facts, open) && server.taskState === null) {
    // It has arrived whole: only now may the source be given up.
    if (server.vmState === 'resized' && server.host !== source) return ask('confirm');
  }
  if (server.taskState !== null) return waitFor(`its task is ${server.taskState}`);
  if (open !== undefined) return waitFor(`its ${open.type} is ${open.status}`);
  if (server.host === null) {
    return { kind: 'left', keepsBusy: false, reason: 'it is on no host any more' };
  }
  if (server.host !== source) return { kind: 'moved', host: server.host };
  if (facts.asked === 'unknown') return waitFor('it is not known yet whether Nova was asked');
  if (facts.asked === 'yes') {
    const newest = migrations.find(({ id }) => id > facts.mark);
    const end = newest === undefined ? 'before it began' : `as ${newest.status}`;
    return { kind: 'failed', reason: `its ${newest?.type ?? 'migration'} ended ${end}` };
  }
  const { treatment, reason } = drainTreatmentOf(server.vmState);
  if (treatment === 'live' || treatment === 'cold') return ask(treatment);
  if (treatment === 'wait') return waitFor(reason);
  return { kind: 'left', keepsBusy: treatment === 'stay', reason };
}

/** Begun since the move was, from the source; a resize is its owner's to confirm. */
const isOurColdMove = ({ mark, source }: MoveFacts, open: MoveMigration): boolean =>
  open.id > mark &&
  open.type === 'migration' &&
  open.status === 'finished' &&
  open.sourceHost === source;

const ask = (act: MoveAct): MoveDecision => ({ kind: 'ask', act });
const waitFor = (reason: string): MoveDecision => ({ kind: 'wait', reason });
