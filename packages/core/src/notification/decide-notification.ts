/** What a monitor's report asks for, read as Masakari reads it. */
import { NotificationStatus } from '../incident/notification-status.ts';
import { eventAction, type FailurePolicy, processAction } from '../repair/failure-policy.ts';

export interface NotificationFacts {
  readonly type: 'COMPUTE_HOST' | 'VM' | 'PROCESS';
  readonly payload: Readonly<Record<string, string>>;
}

export type NotificationDecision =
  /** The host is said to have failed, and its power to be off or not checked (`NORMAL`). */
  | { readonly kind: 'host-failure' }
  | { readonly kind: 'instance-failure'; readonly instance: string }
  | { readonly kind: 'process-failure'; readonly process: string }
  | {
      readonly kind: 'settle';
      readonly status: NotificationStatus;
      readonly message: string;
      /** A process that runs again: it ends what is being done about its failure. */
      readonly started?: string;
    };

export type NotificationRules = Pick<FailurePolicy, 'instanceEvents' | 'processes'>;

export function decideNotification(
  facts: NotificationFacts,
  rules: NotificationRules,
): NotificationDecision {
  const { payload, type } = facts;
  if (payload['event'] === 'STARTED') {
    const started = type === 'PROCESS' ? payload['process_name'] : undefined;
    const settled = settle(NotificationStatus.finished, 'A start needs no recovery.');
    return started === undefined ? settled : { ...settled, started };
  }
  if (type === 'VM') return decideInstance(payload, rules);
  if (type === 'PROCESS') return decideProcess(payload, rules);
  const hostStatus = payload['host_status'];
  if (hostStatus !== 'NORMAL') {
    const said = hostStatus ?? 'missing';
    return settle(
      NotificationStatus.ignored,
      `host_status is ${said}: the monitor does not vouch that the host is off.`,
    );
  }
  return { kind: 'host-failure' };
}

function decideInstance(
  payload: NotificationFacts['payload'],
  rules: NotificationRules,
): NotificationDecision {
  const { event = '', vir_domain_event: detail = '', instance_uuid: instance } = payload;
  if (instance === undefined) {
    return settle(NotificationStatus.ignored, 'The report names no instance.');
  }
  const said = eventAction(event, detail, rules);
  if (said.action !== 'ignore') return { kind: 'instance-failure', instance };
  return settle(NotificationStatus.ignored, `${said.event} is not acted on: ${said.meaning}.`);
}

function decideProcess(
  payload: NotificationFacts['payload'],
  rules: NotificationRules,
): NotificationDecision {
  const { event, process_name: process } = payload;
  if (event !== 'STOPPED' || process === undefined) {
    return settle(NotificationStatus.ignored, 'The report names no process that has stopped.');
  }
  if (processAction(process, rules) === 'disable') return { kind: 'process-failure', process };
  return settle(NotificationStatus.finished, `Skipping recovery for process ${process}`);
}

const settle = (
  status: NotificationStatus,
  message: string,
): Extract<NotificationDecision, { kind: 'settle' }> => ({ kind: 'settle', status, message });
