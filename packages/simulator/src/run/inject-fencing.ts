/**
 * What others than the product do and say about the power of a host: another fencer fences it, or
 * shows something that only looks like it; a person says that it is off; an outlet fails.
 */
import type { Clock, HostName } from '@medevac/kernel';
import type { Callers } from '../callers/callers.ts';
import type { FeedState } from '../world/feeds.ts';
import type { FencingGear } from '../world/fencing-gear.ts';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';
import type { Fault } from './faults.ts';

export interface FencingTarget {
  readonly clock: Clock;
  readonly cloud: SimulatedCloud;
  readonly gear: FencingGear;
  readonly callers: Callers;
  /** This entry of the other fencer's history is a lie. */
  noteLie(id: string): void;
  /** Somebody has said of this host that it is off, and was believed. */
  noteWordTaken(host: HostName): void;
  say(text: string): void;
}

const DELEGATE = 'controller-2';

export async function actAsPeer(target: FencingTarget, fault: Fault, host: HostName) {
  const { clock, cloud, gear } = target;
  const claim = { target: host, delegate: DELEGATE, agoMs: 0 } as const;
  switch (fault.how) {
    case 'off':
      cloud.powerOff(host);
      gear.peer.claim({ ...claim, action: 'off', status: 'success' });
      return;
    case 'reset':
      cloud.crash(host);
      gear.peer.claim({ ...claim, action: 'reboot', status: 'success' });
      await clock.sleep(fault.forMs);
      cloud.powerOn(host);
      return;
    case 'pending':
      gear.peer.claim({ ...claim, action: 'off', status: 'pending' });
      return;
    case 'stale':
      // A success of the past: the host is heard, so that every loss is still to come.
      if (!cloud.host(host).isReporting) return;
      gear.peer.claim({ ...claim, action: 'off', status: 'success', agoMs: 60_000 });
      return;
    default:
      target.noteLie(gear.peer.claim({ ...claim, action: 'off', status: 'success' }));
  }
}

export async function confirmByHand(target: FencingTarget, fault: Fault, host: HostName) {
  const { callers, cloud } = target;
  if (fault.how === 'true' && !cloud.isDead(host)) return;
  const answer = await callers.confirmOff(host, 'seen from the aisle');
  target.say(`the operator says that ${host} is off: ${answer.kind}`);
  if (answer.kind === 'taken') target.noteWordTaken(host);
}

export async function troubleFeed(target: FencingTarget, fault: Fault, host: HostName) {
  const { clock, gear } = target;
  const [feed = 'feed-a', state = 'stuck'] = fault.how.split(' ');
  for (const feeds of [gear.feeds, gear.outlets]) feeds.set(feed, host, state as FeedState);
  target.say(`${feed} of ${host} is ${state}`);
  await clock.sleep(fault.forMs);
  for (const feeds of [gear.feeds, gear.outlets]) feeds.set(feed, host, 'works');
}
