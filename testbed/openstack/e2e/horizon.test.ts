/**
 * Debian's Horizon with the Masakari panels against Medevac, in Debian's Chromium: every panel is
 * opened, and everything that can be done there is done. Screenshots are kept as artefacts.
 */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { screenshot, withPage } from '../harness/browser.ts';
import {
  assertNoErrorShown,
  deleteRows,
  filterBy,
  openForm,
  openPanel,
  rowsShown,
  rowWith,
  sendForm,
  signIn,
  withHorizon,
} from '../harness/horizon.ts';
import { callMedevac } from '../harness/medevac.ts';
import { type Notification, postDeadHost, waitUntilSettled } from '../harness/notification.ts';
import { generatedTime, openstack, openstackList, openstackShow } from '../harness/operator.ts';
import { type ProtectedCloud, withProtectedCloud } from '../harness/protected-cloud.ts';
import { quietStory } from '../harness/story.ts';
import { waitFor } from '../harness/waiting.ts';

const ON_PAGE = 2;
const column = (rows: readonly (readonly string[])[], index: number): readonly string[] =>
  rows.map((row) => String(row[index]));
/** The first cell of a row holds its box to tick where rows can be ticked. */
const NAME = 1;

async function createSegment(page: Page, name: string, method: string): Promise<void> {
  await openPanel(page, 'segments/');
  await openForm(page, page.locator('.table_actions a', { hasText: 'Create Segment' }));
  await sendForm(page, { name, recovery_method: method, description: `made by hand: ${name}` });
}

async function segmentsPanel(page: Page): Promise<void> {
  await createSegment(page, 'panel-1', 'auto');
  await createSegment(page, 'panel-2', 'reserved_host');
  await createSegment(page, 'panel-3', 'rh_priority');
  await openPanel(page, 'segments/');
  const first = await rowsShown(page);
  assert.deepEqual(column(first, NAME), ['panel-3', 'panel-2'], 'the newest first, two on a page');
  await screenshot(page, 'horizon-segments');
  await Promise.all([page.waitForNavigation(), page.click('text=Next »')]);
  const next = await rowsShown(page);
  assert.equal(next[0]?.[NAME], 'panel-1', 'the second page goes on where the first ended');
  assert.ok(next.length <= ON_PAGE);
  await openPanel(page, 'segments/');
  await filterBy(page, 'recovery_method', 'reserved_host');
  assert.deepEqual(column(await rowsShown(page), NAME), ['panel-2']);
}

async function changeSegment(page: Page): Promise<string> {
  const shown = openstackShow('segment', 'show', 'panel-2');
  const uuid = String(shown['uuid']);
  await openForm(page, rowWith(page, uuid).locator('a', { hasText: 'Update Segment' }));
  assert.equal(await page.inputValue('#id_name'), 'panel-2');
  assert.equal(await page.inputValue('#id_recovery_method'), 'reserved_host');
  await sendForm(page, { name: 'panel-two', recovery_method: 'auto', is_enabled: false });
  const updated = openstackShow('segment', 'show', uuid);
  assert.deepEqual(
    [updated['name'], updated['recovery_method'], updated['is_enabled']],
    ['panel-two', 'auto', false],
  );
  await filterBy(page, 'recovery_method', '');
  await openPanel(page, `segments/${uuid}/detail`);
  const text = await page.innerText('body');
  for (const part of ['panel-two', 'auto', 'made by hand: panel-2']) assert.ok(text.includes(part));
  await screenshot(page, 'horizon-segment-detail');
  return uuid;
}

async function hostsPanel(page: Page, segmentId: string): Promise<void> {
  await openPanel(page, 'segments/');
  await openForm(page, rowWith(page, segmentId).locator('a', { hasText: 'Add Host' }));
  const free = (await page.locator('.modal #id_name option').allInnerTexts()).join();
  assert.ok(free.includes('compute-03') && !free.includes('compute-01'), 'hosts of no segment');
  const host = { name: 'compute-03', type: 'COMPUTE', control_attributes: 'SSH' };
  await sendForm(page, { ...host, reserved: 'True', on_maintenance: 'False' });
  await openPanel(page, 'hosts/');
  const names = column(await rowsShown(page), NAME);
  assert.deepEqual(names.toSorted(), ['compute-01', 'compute-02', 'compute-03']);
  await screenshot(page, 'horizon-hosts');
  await filterBy(page, 'reserved', 'True');
  assert.deepEqual(column(await rowsShown(page), NAME), ['compute-03']);
  await filterBy(page, 'reserved', '');
  await openForm(page, rowWith(page, 'compute-03').locator('a', { hasText: 'Update Host' }));
  await sendForm(page, { type: 'KVM', reserved: 'False', on_maintenance: 'True' });
  const detail = page.locator('table.datatable a', { hasText: 'compute-03' });
  await Promise.all([page.waitForNavigation(), detail.click()]);
  await assertNoErrorShown(page);
  assert.match(await page.innerText('body'), /compute-03/);
  await screenshot(page, 'horizon-host-detail');
  const [row] = openstackList('segment', 'host', 'list', segmentId);
  assert.deepEqual(
    [row?.['name'], row?.['type'], row?.['reserved'], row?.['on_maintenance']],
    ['compute-03', 'KVM', false, true],
  );
  await openPanel(page, 'hosts/');
  await deleteRows(page, ['compute-03']);
  assert.deepEqual(openstackList('segment', 'host', 'list', segmentId), []);
}

/** A notification that ends by itself, made without the panels, which only read them. */
async function report(type: string, payload: object): Promise<string> {
  const { notification } = await callMedevac<{ notification: Notification }>(
    'POST',
    '/notifications',
    { notification: { type, hostname: 'compute-01', generated_time: generatedTime(), payload } },
  );
  await waitUntilSettled(notification.notification_uuid);
  return notification.notification_uuid;
}

async function notificationsPanel(page: Page): Promise<void> {
  const started = { event: 'STARTED', cluster_status: 'ONLINE', host_status: 'NORMAL' };
  const ids = [
    await report('COMPUTE_HOST', started),
    await report('PROCESS', { event: 'STARTED', process_name: 'nova-compute' }),
    await report('COMPUTE_HOST', { ...started, event: 'STOPPED', host_status: 'UNKNOWN' }),
  ];
  await openPanel(page, 'notifications/');
  await screenshot(page, 'horizon-notifications');
  assert.deepEqual(column(await rowsShown(page), 1), [ids[2], ids[1]]);
  await Promise.all([page.waitForNavigation(), page.click('text=Next »')]);
  assert.deepEqual(column(await rowsShown(page), 1), [ids[0]]);
  await openPanel(page, 'notifications/');
  await filterBy(page, 'type', 'PROCESS');
  assert.deepEqual(column(await rowsShown(page), 1), [ids[1]]);
  await filterBy(page, 'type', '');
  await openPanel(page, `notifications/${ids[0]}/detail`);
  const text = await page.innerText('body');
  for (const part of [String(ids[0]), 'COMPUTE_HOST', 'finished']) assert.ok(text.includes(part));
  await progressDetails(page);
}

/** A report about a living host is held, and why is told among the details of its recovery. */
async function progressDetails(page: Page): Promise<void> {
  const id = (await postDeadHost('compute-02')).notification_uuid;
  const tab = 'tab=notification_details__notification_progress_details';
  const shown = await waitFor(
    'the details of the recovery are shown',
    async () => {
      await openPanel(page, `notifications/${id}/detail?${tab}`);
      const rows = await page.locator('#notification_progress_details tbody tr').allInnerTexts();
      return rows.some((row) => row.includes('compute-02')) && rows;
    },
    { timeoutMs: 60_000, stepMs: 1_000 },
  );
  for (const row of shown) assert.match(row, /\d{4}/, 'each row has its time');
  await screenshot(page, 'horizon-notification-progress');
}

async function usePanels(page: Page, { segmentId }: ProtectedCloud): Promise<void> {
  await signIn(page);
  await segmentsPanel(page);
  const changed = await changeSegment(page);
  await hostsPanel(page, changed);
  await notificationsPanel(page);
  await openPanel(page, 'segments/');
  await deleteRows(page, ['panel-3', 'panel-two']);
  const left = openstackList('segment', 'list').map((row) => row['name']);
  assert.equal(left.includes('panel-3') || left.includes('panel-two'), false);
  openstack('segment', 'show', segmentId);
}

quietStory('every Masakari panel of Horizon is opened and used against Medevac', async () => {
  await withProtectedCloud(['compute-01', 'compute-02'], async (cloud) => {
    await withHorizon(() => withPage('horizon', (page) => usePanels(page, cloud)));
  });
});
