/** What the compute contract needs of a cloud: its clients, and a hand on its hosts and cell. */
import assert from 'node:assert/strict';
import { type HostName, type InstanceUuid, systemClock } from '@medevac/kernel';
import type { Cloud } from '../../src/index.ts';

export interface CloudForTest {
  readonly cloud: Cloud;
  /** The same cloud read with one record a page. */
  readonly pagedCloud: Cloud;
  /** The same cloud as an owner of instances without the admin role sees it. */
  readonly owner: Cloud;
  /**
   * Four hosts or more that may be crashed, up and enabled at the beginning. The facts begin on the
   * first; the others are destinations.
   */
  readonly hosts: readonly HostName[];
  /** Makes this many running instances on the host. */
  readonly boot: (count: number, host: HostName) => Promise<readonly InstanceUuid[]>;
  /** One running instance that belongs to the owner, on some host. */
  readonly bootAsOwner: () => Promise<InstanceUuid>;
  /** An anti-affinity group of the owner's for two members a host, and its one running member. */
  readonly bootInGroup: (name: string) => Promise<GroupForTest>;
  readonly removeGroup: (uuid: string) => Promise<void>;
  /** nova-compute dies without a word; Nova takes it for alive for a few seconds more. */
  readonly crash: (host: HostName) => Promise<void>;
  readonly revive: (host: HostName) => Promise<void>;
  /** Cuts Nova's API off from the cell of the hosts, which live on; and undoes it. */
  readonly setCell: (way: 'down' | 'up') => Promise<void>;
  readonly makeAggregate: (name: string, availabilityZone: string) => Promise<number>;
  readonly removeAggregate: (id: number) => Promise<void>;
  readonly remove: (uuid: InstanceUuid) => Promise<void>;
  readonly close: () => Promise<void>;
  /** Lets time pass until `done`; real clouds poll, simulated ones advance. */
  readonly until: (done: () => Promise<boolean>, what: string) => Promise<void>;
}

export interface GroupForTest {
  readonly uuid: string;
  readonly member: InstanceUuid;
}

export const CALL = { deadlineMs: 60_000 };
export const REASON = 'medevac contract';
export const NOBODY = '11111111-1111-4111-8111-111111111111' as InstanceUuid;
export const NOWHERE = 'no-such-host' as HostName;

/** Polls a real cloud twice a second for two minutes. */
export async function pollUntil(done: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = systemClock.monotonicMs() + 120_000;
  while (!(await done())) {
    assert.ok(systemClock.monotonicMs() < endMs, `waited in vain for: ${what}`);
    await systemClock.sleep(500);
  }
}
