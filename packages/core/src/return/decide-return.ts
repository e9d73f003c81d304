/**
 * May `forced_down` of a recovered host be cleared? Nova refuses it while evacuations away from the
 * host are `done`; their clean-up by the returning nova-compute makes them `completed`, and only
 * then are no leftovers of moved instances on the host.
 */
import { hasArrived, isMigrationOpen, type MigrationFacts } from '../evacuation/decide-instance.ts';

export interface ReturnFacts {
  readonly host: string;
  readonly forcedDown: boolean;
  /** The service's stamp moved between two reads of ours, without a write of ours between them. */
  readonly isReporting: boolean;
  readonly hasOpenIncident: boolean;
  /** All evacuations away from the host. */
  readonly evacuations: readonly Pick<MigrationFacts, 'id' | 'status'>[];
}

export type ReturnAction =
  | { readonly kind: 'clear' }
  | { readonly kind: 'cleared'; readonly reason: string }
  | { readonly kind: 'wait'; readonly reason: string };

/** One that ended after the host had come back waits for the next start, perhaps for ever. */
const cleanUpOf = (host: string): string =>
  `nova-compute cleans up when it starts: restart it on ${host} if this does not pass`;

export function decideReturn(facts: ReturnFacts): ReturnAction {
  const { host } = facts;
  // If it has, its next return takes the place of this one; a false report ends, and this goes on.
  if (facts.hasOpenIncident) return { kind: 'wait', reason: `${host} is reported as failed again` };
  if (!facts.forcedDown) {
    return { kind: 'cleared', reason: `forced_down of ${host} is cleared` };
  }
  if (!facts.isReporting) return { kind: 'wait', reason: `${host} does not report to Nova` };
  const left = facts.evacuations.find(
    (one) => isMigrationOpen(one) || (hasArrived(one) && one.status !== 'completed'),
  );
  if (left !== undefined) {
    const still = `evacuation ${left.id} from ${host} is still ${left.status}`;
    return { kind: 'wait', reason: hasArrived(left) ? `${still}; ${cleanUpOf(host)}` : still };
  }
  return { kind: 'clear' };
}
