/** What must be true when a replica clears `forced_down` (design 5.10, stage A). */
import type { ActFacts } from './acts.ts';
import type { Invariant } from './invariant.ts';

/** From the last look to the call, with a slow database and a slow cloud between. */
const LOOK_TO_CALL_MS = 15_000;
/** A host that reported this recently was alive at the last look. */
const REPORTED_WITHIN_MS = 60_000;

const clearing =
  (check: (facts: ActFacts) => string | undefined) =>
  (facts: ActFacts): string | undefined =>
    facts.call === 'clear' ? check(facts) : undefined;

export const RETURN_INVARIANTS: readonly Invariant<ActFacts>[] = [
  {
    name: 'silent-host-stays-down',
    rule: 'forced_down is cleared only when the host has reported again.',
    holdsOutside: true,
    check: clearing(({ host, silentForMs }) =>
      silentForMs > REPORTED_WITHIN_MS
        ? `${host} was cleared and has not reported for ${silentForMs} ms`
        : undefined,
    ),
  },
  {
    name: 'failed-host-stays-down',
    rule: 'forced_down is never cleared while an incident of the host is open.',
    holdsOutside: true,
    check: clearing(({ host, incidentForMs }) =>
      (incidentForMs ?? 0) > LOOK_TO_CALL_MS
        ? `${host} was cleared in an incident that is open for ${incidentForMs} ms`
        : undefined,
    ),
  },
  {
    name: 'uncleaned-host-stays-down',
    rule: 'forced_down is cleared only when every evacuation from the host is completed.',
    holdsOutside: true,
    check: clearing(({ host, uncleaned }) =>
      uncleaned.length > 0
        ? `${host} was cleared while its evacuations ${uncleaned.join(', ')} are not completed`
        : undefined,
    ),
  },
];
