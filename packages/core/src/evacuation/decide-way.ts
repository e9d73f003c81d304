/**
 * Which way the instances of a failed host take next: to a host that Nova chooses, or to one
 * reserved host. It is asked again after every way, with what is left and what was tried.
 *
 * | recovery method | ways in order |
 * | --- | --- |
 * | `auto` | Nova chooses; what has no room waits |
 * | `reserved_host` | reserved hosts one after the other; then it waits for one to become free |
 * | `rh_priority` | reserved hosts; then Nova chooses, and what has no room waits |
 * | `auto_priority` | Nova chooses; then reserved hosts; then Nova chooses, and the rest waits |
 *
 * A reserved host that took nothing although it lives was not too small by accident: the next one
 * is tried only where Placement says that something of what is left fits there. So one instance
 * that nobody can take does not go through all reserved hosts.
 */

export interface ReservedHostFacts {
  readonly host: string;
  /** Reports to Nova: neither dead nor silent, and Nova knows its service. */
  readonly isReporting: boolean;
  /** On maintenance, or an incident of its own is open. */
  readonly isKeptBack: boolean;
  readonly heldBy: 'nobody' | 'us' | 'another';
  /** It became an ordinary host by serving this failed host. */
  readonly isUsedByUs: boolean;
  readonly createdAtMs: number;
  /** How many of the instances that are left fit; `undefined`: nobody knows. */
  readonly fits: number | undefined;
  /** How many of the instances that are left have been tried there. */
  readonly tried: number;
}

/** A way that has been gone to its end. */
export type WayGone = {
  readonly by: 'nova' | 'reserved';
  readonly host: string | null;
  /** Instances that found their place. */
  readonly placed: number;
  /** The reserved host stopped reporting: it says nothing about the instances. */
  readonly isLost: boolean;
};

export interface WayFacts {
  readonly failedHost: string;
  readonly recoveryMethod: string;
  /** Instances without their place. */
  readonly left: number;
  /** Ways gone for these instances, in order. */
  readonly gone: readonly WayGone[];
  readonly reserved: readonly ReservedHostFacts[];
  readonly waitedMs: number;
  readonly waitLimitMs: number;
}

export type Way =
  /** `isLast`: what has no room stays on this way and waits. */
  | { readonly kind: 'nova'; readonly isLast: boolean; readonly reason: string }
  | { readonly kind: 'reserved'; readonly host: string; readonly reason: string }
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'give-up'; readonly reason: string };

export function decideWay(facts: WayFacts): Way {
  switch (facts.recoveryMethod) {
    case 'reserved_host':
      return reservedHost(facts) ?? waitForReserved(facts);
    case 'rh_priority':
      return reservedHost(facts) ?? lastByNova(facts);
    case 'auto_priority':
      return facts.gone.some((way) => way.by === 'nova')
        ? (reservedHost(facts) ?? lastByNova(facts))
        : { kind: 'nova', isLast: false, reason: 'Nova chooses the hosts first (auto_priority)' };
    default:
      return { kind: 'nova', isLast: true, reason: 'Nova chooses the hosts' };
  }
}

function reservedHost(facts: WayFacts): Way | undefined {
  const last = facts.gone.findLast((way) => way.by === 'reserved');
  const wasFruitless = last !== undefined && last.placed === 0 && !last.isLost;
  const [best] = facts.reserved
    .filter((one) => isUsable(one, facts))
    .filter((one) => !wasFruitless || (one.fits ?? 0) > 0)
    .toSorted((a, b) => rankOf(a, facts) - rankOf(b, facts) || a.createdAtMs - b.createdAtMs);
  if (best === undefined) return undefined;
  const room = best.fits === undefined ? '' : `; ${best.fits} of ${facts.left} instances fit`;
  const which = best.isUsedByUs ? 'was taken for this failure' : 'is reserved and reports to Nova';
  return { kind: 'reserved', host: best.host, reason: `${best.host} ${which}${room}` };
}

const isUsable = (one: ReservedHostFacts, { failedHost, left }: WayFacts): boolean =>
  one.host !== failedHost &&
  one.isReporting &&
  !one.isKeptBack &&
  one.heldBy !== 'another' &&
  one.fits !== 0 &&
  one.tried < left;

/** What is ours first, then where everything fits, then where nobody knows, then the most room. */
function rankOf(one: ReservedHostFacts, { left }: WayFacts): number {
  if (one.heldBy === 'us' || one.isUsedByUs) return 0;
  if (one.fits === undefined) return 2;
  return one.fits >= left ? 1 : 3 + (left - one.fits);
}

function lastByNova({ gone, reserved, failedHost }: WayFacts): Way {
  const wasTried = gone.some((way) => way.by === 'reserved');
  const why = wasTried ? 'no reserved host takes what is left' : whyNone(reserved, failedHost);
  return { kind: 'nova', isLast: true, reason: `${why}: Nova chooses the hosts` };
}

function waitForReserved(facts: WayFacts): Way {
  const { gone, reserved, failedHost, left, waitedMs, waitLimitMs } = facts;
  const wasTried = gone.some((way) => way.by === 'reserved');
  const why = wasTried ? 'no reserved host takes what is left' : whyNone(reserved, failedHost);
  if (waitedMs >= waitLimitMs) {
    const minutes = Math.round(waitedMs / 60_000);
    return { kind: 'give-up', reason: `${why}, for ${minutes} min (reserved_host)` };
  }
  return { kind: 'wait', reason: `${why}; ${left} instances wait for one (reserved_host)` };
}

function whyNone(all: readonly ReservedHostFacts[], failedHost: string): string {
  const reserved = all.filter((one) => one.host !== failedHost);
  if (reserved.length === 0) return 'the segment has no reserved host';
  const count = (is: (one: ReservedHostFacts) => boolean): number => reserved.filter(is).length;
  const parts = [
    [count((one) => one.isKeptBack), 'on maintenance or failed'],
    [count((one) => !one.isKeptBack && one.heldBy === 'another'), 'in use for another host'],
    [count((one) => !one.isKeptBack && !one.isReporting), 'not reporting to Nova'],
    [count((one) => one.fits === 0), 'without room'],
  ] as const;
  const told = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return `none of ${reserved.length} reserved hosts can be used (${told.join(', ') || 'tried'})`;
}
