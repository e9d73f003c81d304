/**
 * Paging, the same for every list: whatever the order, the pages put together are the whole list,
 * and the whole list is in the order that was asked for, with ties and absent values.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type {
  HostSortKey,
  ListQuery,
  NotificationSortKey,
  Page,
  SegmentRecord,
  SegmentSortKey,
  SortKey,
  VmoveSortKey,
} from '@medevac/engine';
import fc from 'fast-check';
import type { Stores } from '../../src/index.ts';
import { contract } from './implementations.ts';
import {
  hostFields,
  hostName,
  newNotification,
  newVmove,
  openIncident,
  segmentFields,
  takeTenure,
  uuid,
} from './sample-rows.ts';

const ROWS = 12;
const numbers = Array.from({ length: ROWS }, (_, n) => n);

/** Rows whose values tie often and are absent often; UUIDs in another order than ids. */
async function fill(stores: Stores): Promise<void> {
  const tenure = await takeTenure(stores);
  await openIncident(stores, 900);
  for (const n of numbers) {
    const key = 100 + ((n * 5) % ROWS);
    const description = n % 3 === 0 ? null : `d${n % 2}`;
    const name = ['a', 'B', 'ä', '\u{1F600}', '\uFF5E', 'Z'][n % 6] + String(n % 4) + String(n);
    const fields = segmentFields({ name, description, enabled: n % 2 === 0 });
    await stores.segments.createSegment(uuid(key), fields, n % 4);
    const host = hostFields({ name: hostName(name), type: `t${n % 3}`, reserved: n % 4 === 0 });
    await stores.segments.createHost(uuid(key), uuid(key), host, n % 4);
    const sent = { createdAtMs: n % 4, generatedAtMs: n % 3, hostUuid: uuid<never>(n % 5) };
    await stores.notifications.create(newNotification(key, sent), 0);
    const type = (['evacuation', 'migration'] as const)[n % 2] ?? 'evacuation';
    await stores.vmoves.plan(tenure, [newVmove(key, { createdAtMs: n % 4, type })]);
    if (n % 3 === 0) continue;
    await stores.segments.updateSegment(uuid(key), {}, n % 2);
    await stores.segments.updateHost(uuid(key), { onMaintenance: n % 2 === 0 }, n % 2);
    await stores.notifications.settle(uuid(key), 'ignored', '', n % 2);
    const change = { startAtMs: n % 2, ...(n % 5 === 0 && { endAtMs: 1 }) };
    await stores.vmoves.change(
      tenure,
      { incidentId: uuid(900), instanceUuid: uuid(key + 5_000) },
      change,
      n % 2,
    );
  }
}

type Lists = {
  readonly [Name in keyof typeof KEYS]: (
    query: ListQuery<object, never>,
  ) => Promise<Page<{ readonly id: number; readonly uuid: string }>>;
};
const segmentKeys: readonly SegmentSortKey[] = [
  'id',
  'uuid',
  'name',
  'description',
  'serviceType',
  'recoveryMethod',
  'enabled',
  'createdAtMs',
  'updatedAtMs',
];
const hostKeys: readonly HostSortKey[] = [
  'id',
  'uuid',
  'name',
  'type',
  'controlAttributes',
  'reserved',
  'onMaintenance',
  'createdAtMs',
  'updatedAtMs',
];
const notificationKeys: readonly NotificationSortKey[] = [
  'segmentUuid',
  'message',
  'id',
  'uuid',
  'type',
  'status',
  'generatedAtMs',
  'hostUuid',
  'createdAtMs',
  'updatedAtMs',
];
const vmoveKeys: readonly VmoveSortKey[] = [
  'instanceUuid',
  'instanceName',
  'sourceHost',
  'destHost',
  'message',
  'id',
  'uuid',
  'type',
  'status',
  'startAtMs',
  'endAtMs',
  'createdAtMs',
  'updatedAtMs',
];
const KEYS = {
  segments: segmentKeys,
  hosts: hostKeys,
  notifications: notificationKeys,
  vmoves: vmoveKeys,
} as const;

const listsOf = (stores: Stores): Lists => ({
  segments: (query) => stores.segments.listSegments(query),
  hosts: (query) => stores.segments.listHosts(query),
  notifications: (query) => stores.notifications.list(query),
  vmoves: (query) => stores.vmoves.list(query),
});

type AnySort = readonly SortKey<string>[];

/** The order in plain words, computed here and not by the code under test. */
function inOrder(left: object, right: object, sort: AnySort): number {
  for (const { key, direction } of sort) {
    const [a, b] = [Reflect.get(left, key), Reflect.get(right, key)] as unknown[];
    if (a === b) continue;
    const order = a === null || (b !== null && bytes(a) < bytes(b)) ? -1 : 1;
    return direction === 'asc' ? order : -order;
  }
  return 0;
}

const bytes = (value: unknown): number | string =>
  typeof value === 'string' ? Buffer.from(value).toString('hex') : Number(value);

contract('Paging', (open) => {
  for (const name of Object.keys(KEYS) as (keyof typeof KEYS)[])
    it(`gives all ${name} in the asked order, page by page`, async () => {
      const stores = await open();
      await fill(stores);
      const list = listsOf(stores)[name];
      const sortKey = fc.record({
        key: fc.constantFrom<string>(...KEYS[name]),
        direction: fc.constantFrom('asc' as const, 'desc' as const),
      });
      const check = async (sort: AnySort, limit: number, byUuid: boolean): Promise<void> => {
        const query = { filter: {}, sort: sort as never };
        const whole = await list({ ...query, limit: 1_000 });
        assert.ok(whole.kind === 'page');
        const direction = sort[0]?.direction ?? 'desc';
        const first = sort.length > 0 ? sort : [{ key: 'createdAtMs', direction }];
        const expected = [...whole.rows].sort((a, b) =>
          inOrder(a, b, [...first, { key: 'id', direction }]),
        );
        assert.deepEqual(whole.rows, expected);
        assert.equal(whole.rows.length, ROWS + (name === 'notifications' ? 1 : 0));
        const paged: object[] = [];
        let marker: { marker?: string } = {};
        for (;;) {
          const page = await list({ ...query, limit, ...marker });
          assert.ok(page.kind === 'page' && page.rows.length <= limit);
          paged.push(...page.rows);
          const last = page.rows.at(-1);
          if (last === undefined) break;
          marker = { marker: byUuid ? last.uuid : String(last.id) };
        }
        assert.deepEqual(paged, whole.rows);
      };
      for (const key of KEYS[name])
        for (const direction of ['asc', 'desc'] as const)
          await check([{ key, direction }], 5, direction === 'asc');
      const sorts = fc.array(sortKey, { maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(sorts, fc.integer({ min: 1, max: ROWS }), fc.boolean(), check),
        { numRuns: 40 },
      );
    });

  it('names an unknown marker, also when the row was deleted', async () => {
    const stores = await open();
    await fill(stores);
    await stores.segments.deleteSegment(uuid(100), 9);
    for (const list of Object.values(listsOf(stores)))
      for (const marker of ['999', 'nonsense', '', uuid<never>(77), '99999999999999999999']) {
        const page = await list({ filter: {}, sort: [], limit: 5, marker });
        assert.deepEqual(page, { kind: 'unknown-marker' }, marker);
      }
    const gone = { filter: {}, sort: [], limit: 5, marker: uuid<never>(100) };
    assert.deepEqual(await stores.segments.listSegments(gone), { kind: 'unknown-marker' });
    assert.deepEqual(await stores.segments.listHosts(gone), { kind: 'unknown-marker' });
  });

  it('takes a marker that the filter leaves out, and gives an empty page for a limit of 0', async () => {
    const stores = await open();
    await fill(stores);
    const filter = { enabled: true };
    const sort = [{ key: 'id', direction: 'asc' }] as const;
    const all = await stores.segments.listSegments({ filter: {}, sort, limit: 50 });
    assert.ok(all.kind === 'page');
    const [, marker, ...behind] = all.rows;
    assert.ok(marker !== undefined && !marker.enabled);
    const page = await stores.segments.listSegments({
      ...{ filter, sort, limit: 50, marker: String(marker.id) },
    });
    assert.ok(page.kind === 'page');
    assert.deepEqual(
      page.rows,
      behind.filter(({ enabled }: SegmentRecord) => enabled),
    );
    assert.equal(page.rows.length, 5);
    const none = await stores.segments.listSegments({ filter, sort, limit: 0 });
    assert.deepEqual(none, { kind: 'page', rows: [] });
  });
});
