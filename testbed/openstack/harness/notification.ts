/** A notification and what it moved, followed over the product's HTTP API. */
import assert from 'node:assert/strict';
import { callMedevac, MEDEVAC_URL } from './medevac.ts';
import type { Instance } from './nova.ts';
import { generatedTime, HOST_DIED } from './operator.ts';
import { waitFor } from './waiting.ts';

export interface Notification {
  readonly notification_uuid: string;
  readonly status: string;
  readonly message: string | null;
  readonly recovery_workflow_details: readonly unknown[];
}

export interface Vmove {
  readonly instance_uuid: string;
  readonly source_host: string;
  readonly dest_host: string | null;
  readonly type: string;
  readonly status: string;
}

const FINAL = ['finished', 'failed', 'ignored'];
const RECOVERY_TIMEOUT_MS = 150_000;

/** Reports a dead host and resolves with the notification as soon as it is accepted. */
export async function postDeadHost(host: string, url = MEDEVAC_URL): Promise<Notification> {
  const body = {
    notification: {
      type: 'COMPUTE_HOST',
      hostname: host,
      generated_time: generatedTime(),
      payload: HOST_DIED,
    },
  };
  const path = '/notifications';
  const answer = await callMedevac<{ notification: Notification }>('POST', path, body, url);
  return answer.notification;
}

export async function showNotification(id: string): Promise<Notification> {
  const path = `/notifications/${id}`;
  return (await callMedevac<{ notification: Notification }>('GET', path)).notification;
}

/** What became of each instance, by its identifier. */
export async function vmovesOf(id: string): Promise<ReadonlyMap<string, Vmove>> {
  const path = `/notifications/${id}/vmoves`;
  const { vmoves } = await callMedevac<{ vmoves: readonly Vmove[] }>('GET', path);
  return new Map(vmoves.map((one) => [one.instance_uuid, one]));
}

/** Waits until the notification has its final status, and answers it. */
export async function waitUntilSettled(id: string): Promise<Notification> {
  return waitFor(
    `notification ${id} has a final status`,
    async () => {
      const shown = await showNotification(id);
      return FINAL.includes(shown.status) && shown;
    },
    { timeoutMs: RECOVERY_TIMEOUT_MS, stepMs: 500 },
  );
}

/** One succeeded vmove per instance, whose destination is where Nova has the instance now. */
export async function assertVmovesTrue(
  id: string,
  host: string,
  instances: readonly Instance[],
): Promise<void> {
  const vmoves = [...(await vmovesOf(id)).values()];
  const byId = (a: readonly string[], b: readonly string[]): number =>
    String(a[0]).localeCompare(String(b[0]));
  const told = vmoves.map((one) => [one.instance_uuid, String(one.dest_host)]).sort(byId);
  const shown = instances.map((one) => [one.id, String(one['OS-EXT-SRV-ATTR:host'])]).sort(byId);
  assert.deepEqual(told, shown, 'vmoves name the hosts that Nova names');
  for (const { source_host, status, type } of vmoves) {
    const expected = { source_host: host, status: 'succeeded', type: 'evacuation' };
    assert.deepEqual({ source_host, status, type }, expected);
  }
}
