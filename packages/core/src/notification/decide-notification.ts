/** What a monitor's report asks for, read as Masakari reads it. */
import { NotificationStatus } from '../incident/notification-status.ts';

export interface NotificationFacts {
  readonly type: 'COMPUTE_HOST' | 'VM' | 'PROCESS';
  readonly payload: Readonly<Record<string, string>>;
}

export type NotificationDecision =
  /** The host is said to have failed, and its power to be off or not checked (`NORMAL`). */
  | { readonly kind: 'host-failure' }
  | {
      readonly kind: 'settle';
      readonly status: NotificationStatus;
      readonly message: string;
    };

export function decideNotification(facts: NotificationFacts): NotificationDecision {
  if (facts.payload['event'] === 'STARTED') {
    return settle(NotificationStatus.finished, 'A start needs no recovery.');
  }
  if (facts.type !== 'COMPUTE_HOST') {
    const what = facts.type === 'VM' ? 'instances' : 'processes';
    return settle(NotificationStatus.ignored, `Failures of ${what} are not recovered yet.`);
  }
  const hostStatus = facts.payload['host_status'];
  if (hostStatus !== 'NORMAL') {
    const said = hostStatus ?? 'missing';
    return settle(
      NotificationStatus.ignored,
      `host_status is ${said}: the monitor does not vouch that the host is off.`,
    );
  }
  return { kind: 'host-failure' };
}

const settle = (status: NotificationStatus, message: string): NotificationDecision => ({
  kind: 'settle',
  status,
  message,
});
