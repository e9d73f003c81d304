/** Debian's Horizon of the bed and its Masakari panels, in the words of somebody who uses them. */
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { BED, cloud } from './bed.ts';

const START_TIMEOUT_MS = 420_000;
const URL = `http://127.0.0.1:${BED.horizonPort}`;
const PANELS = `${URL}/masakaridashboard`;

/** Runs `use` with the dashboard freshly started, and stops it afterwards. */
export async function withHorizon(use: () => Promise<void>): Promise<void> {
  cloud(['horizon'], START_TIMEOUT_MS);
  try {
    await use();
  } finally {
    cloud(['horizon', '--stop']);
  }
}

export async function signIn(page: Page): Promise<void> {
  await page.goto(`${URL}/auth/login/`);
  await page.fill('#id_username', 'admin');
  await page.fill('#id_password', BED.password);
  const domain = page.locator('#id_domain');
  if ((await domain.count()) > 0) await domain.fill('Default');
  await Promise.all([page.waitForURL(/(?<!login\/)$/), page.click('#loginBtn')]);
}

/** Opens `segments/`, `hosts/`, `notifications/` or a page below one of them. */
export async function openPanel(page: Page, path: string): Promise<void> {
  const answer = await page.goto(`${PANELS}/${path}`);
  assert.equal(answer?.status(), 200, `${path} is answered`);
  await assertNoErrorShown(page);
}

/** Horizon tells its user of a failed call in a red box and goes on. */
export async function assertNoErrorShown(page: Page): Promise<void> {
  const shown = await page.locator('.messages .alert-danger, .alert-error').allInnerTexts();
  assert.deepEqual(shown, []);
}

/** The cells of each row of the page's table. */
export async function rowsShown(page: Page): Promise<readonly (readonly string[])[]> {
  const rows = await page.locator('table.datatable tbody tr[data-object-id]').all();
  return Promise.all(
    rows.map(async (row) => {
      const cells = await row.locator('td').allInnerTexts();
      return cells.map((cell) => cell.trim());
    }),
  );
}

export const rowWith = (page: Page, text: string): Locator =>
  page.locator('table.datatable tbody tr[data-object-id]', { hasText: text });

/**
 * Opens the form behind a link in Horizon's dialogue, as its users do. (The same address as a page
 * of its own is broken for segments in python3-masakari-dashboard 7.0.0.)
 */
export async function openForm(page: Page, link: Locator): Promise<void> {
  // A row's further actions are in a menu that is closed; the link in it is the same.
  await link.first().dispatchEvent('click');
  await page.locator('.modal form').waitFor();
}

/** Fills the open form by the names of its fields, sends it and waits for the answer. */
export async function sendForm(
  page: Page,
  fields: Readonly<Record<string, string | boolean>>,
): Promise<void> {
  const form = page.locator('.modal form');
  for (const [name, value] of Object.entries(fields)) {
    const field = form.locator(`#id_${name}`);
    if (typeof value === 'boolean') {
      // The theme hides the box itself behind its label.
      if ((await field.isChecked()) !== value) await form.locator(`label[for=id_${name}]`).click();
    } else if ((await form.locator(`select#id_${name}`).count()) > 0) {
      await field.selectOption(value, { force: true });
    } else {
      await field.fill(value);
    }
  }
  await Promise.all([page.waitForNavigation(), form.locator('input[type=submit]').click()]);
  await assertNoErrorShown(page);
}

/** Ticks the rows that show one of these texts, deletes them and says yes. */
export async function deleteRows(page: Page, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    // The theme hides the box itself; a click on it counts all the same.
    await rowWith(page, text).locator('input.table-row-multi-select').dispatchEvent('click');
  }
  await page
    .locator('.table_actions button.btn-danger, .table_actions button[name=action]')
    .filter({ hasText: 'Delete' })
    .first()
    .click();
  const confirm = page.locator('.modal .btn-danger, .modal .btn-primary').first();
  await Promise.all([page.waitForNavigation(), confirm.click()]);
  await assertNoErrorShown(page);
}

/**
 * Uses the table's own filter: a field of its menu, and what it must be. Horizon remembers it for
 * the session, until it is set to nothing.
 */
export async function filterBy(page: Page, field: string, value: string): Promise<void> {
  const box = page.locator('.table_search');
  await box.locator('select').selectOption(field, { force: true });
  await box.locator('input[type=text], input.form-control').first().fill(value);
  await Promise.all([page.waitForNavigation(), box.locator('button[type=submit]').first().click()]);
  await assertNoErrorShown(page);
}
