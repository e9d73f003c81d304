/** Everything in one simulated world by which a host can be made or proven to be off. */
import type { PowerSwitch } from '@medevac/fencing';
import type { Clock } from '@medevac/kernel';
import { SimulatedFeeds } from './feeds.ts';
import { PeerFencer } from './peer-fencer.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';

export class FencingGear {
  readonly bmc: PowerSwitch;
  /** Two feeds of each host: it runs on with one of them. */
  readonly feeds: SimulatedFeeds;
  /** One outlet of each host, beside its BMC. */
  readonly outlets: SimulatedFeeds;
  readonly peer: PeerFencer;

  constructor(clock: Clock, cloud: SimulatedCloud) {
    this.bmc = cloud.power;
    this.feeds = new SimulatedFeeds(clock, cloud, ['feed-a', 'feed-b']);
    this.outlets = new SimulatedFeeds(clock, cloud, ['pdu']);
    this.peer = new PeerFencer(clock, cloud);
  }
}
