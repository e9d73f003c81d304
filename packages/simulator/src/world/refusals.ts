/** How Nova refuses an action by the state of an instance, and fails where it cannot see a cell. */
import { type HostName, OperationalError } from '@medevac/kernel';
import { cloudErrors } from '@medevac/openstack';
import type { NovaTables, ServerRow } from './nova-tables.ts';

/** In Nova's words, which look at the state before the task. */
export function refusal(
  action: string,
  { uuid, vmState, taskState }: ServerRow,
  from: readonly string[],
): string {
  const why = from.includes(vmState) ? `task_state ${taskState}` : `vm_state ${vmState}`;
  return `Cannot '${action}' instance ${uuid} while it is in ${why}`;
}

/**
 * What is asked of a cell that is down ends as a 500 of Nova's API; nothing of it is carried out,
 * which its client cannot know.
 */
export function failIfUnseen(tables: NovaTables, host: HostName | null): void {
  if (host === null || tables.services.get(host)?.isCellDown !== true) return;
  throw new OperationalError(cloudErrors.failed, `the cell of ${host} is down`, {
    retry: 'unknown-outcome',
  });
}
