/** Contract of the reservation store. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { NewReservation, ReservationMove, ReservationState } from '@medevac/engine';
import { InvariantError } from '@medevac/kernel';
import type { Tenure } from '@medevac/workflow';
import type { Stores } from '../../src/index.ts';
import { contract } from './implementations.ts';
import {
  hostFields,
  hostName,
  openIncident,
  segmentFields,
  staleTenure,
  takeTenure,
  uuid,
} from './sample-rows.ts';

const RESERVED = [61, 62] as const;

const newReservation = (change: Partial<NewReservation> = {}): NewReservation => ({
  incidentId: uuid(900),
  failedHost: hostName('h900'),
  hostUuid: uuid(61),
  hostName: hostName('reserved-61'),
  serviceUuid: uuid(71),
  wasEnabled: false,
  disabledReason: 'kept in reserve',
  lastEnded: 0,
  createdAtMs: 5_000,
  ...change,
});

const moveOf = (from: ReservationState, to: ReservationState): ReservationMove => ({
  from,
  to,
  message: `now ${to}`,
  atMs: 50,
});

/** Two reserved hosts, an ordinary one (63), and one on maintenance (64); two open incidents. */
async function withHosts(stores: Stores): Promise<Tenure> {
  const { segments } = stores;
  await segments.createSegment(uuid(1), segmentFields(), 1);
  for (const n of RESERVED) {
    const fields = hostFields({ name: hostName(`reserved-${n}`), reserved: true });
    await segments.createHost(uuid(n), uuid(1), fields, n);
  }
  await segments.createHost(uuid(63), uuid(1), hostFields({ name: hostName('ordinary') }), 63);
  const kept = hostFields({ name: hostName('kept'), reserved: true, onMaintenance: true });
  await segments.createHost(uuid(64), uuid(1), kept, 64);
  for (const n of [900, 901]) await openIncident(stores, n, { hostName: hostName(`h${n}`) });
  return takeTenure(stores);
}

async function onlyOne(stores: Stores) {
  const [row, ...others] = await stores.reservations.listOfIncident(uuid(900));
  assert.ok(row !== undefined);
  assert.equal(others.length, 0);
  return row;
}

async function isReserved(stores: Stores, n: number): Promise<boolean | undefined> {
  return (await stores.segments.readHost(uuid(n)))?.reserved;
}

contract('ReservationStore', (open) => {
  it('holds a reserved host with what was known of its service, once', async () => {
    const stores = await open();
    const tenure = await withHosts(stores);
    const { reservations } = stores;
    assert.equal(await reservations.reserve(tenure, newReservation()), 'written');
    const again = newReservation({ wasEnabled: true, disabledReason: null, createdAtMs: 6_000 });
    assert.equal(await reservations.reserve(tenure, again), 'written');
    const row = await onlyOne(stores);
    const { id, ...rest } = row;
    const { lastEnded, ...fields } = newReservation();
    assert.equal(lastEnded, 0);
    assert.deepEqual(rest, {
      ...fields,
      ...{ state: 'held', isReady: false, aggregates: [], message: null, tries: 0 },
      updatedAtMs: 5_000,
    });
    assert.deepEqual(await reservations.read(id), row);
    assert.deepEqual(await reservations.listOpen(10), [row]);
    assert.equal(await reservations.read(id + 1), undefined);
    assert.deepEqual(await reservations.listOfIncident(uuid(901)), []);
  });

  it('D15: gives a reserved host to one of two failed hosts that ask at once', async () => {
    const stores = await open();
    const tenure = await withHosts(stores);
    const other = await takeTenure(stores, 'lease-of-901');
    const { reservations } = stores;
    const answers = await Promise.all([
      reservations.reserve(tenure, newReservation()),
      reservations.reserve(other, newReservation({ incidentId: uuid(901) })),
    ]);
    assert.deepEqual(answers.toSorted(), ['taken', 'written']);
    assert.equal((await reservations.listOpen(10)).length, 1);
  });

  it('holds no host that is ordinary, on maintenance, or not there', async () => {
    const stores = await open();
    const tenure = await withHosts(stores);
    for (const n of [63, 64, 65]) {
      const wanted = newReservation({ hostUuid: uuid(n) });
      assert.equal(await stores.reservations.reserve(tenure, wanted), 'taken');
    }
    assert.deepEqual(await stores.reservations.listOpen(10), []);
  });

  it('notes what is changed while it is held, and nothing afterwards', async () => {
    const stores = await open();
    const tenure = await withHosts(stores);
    const { reservations } = stores;
    await reservations.reserve(tenure, newReservation());
    const { id } = await onlyOne(stores);
    assert.equal(await reservations.note(tenure, id, { aggregates: [3, 9] }, 10), 'written');
    assert.equal(await reservations.note(tenure, id, { isReady: true }, 11), 'written');
    const noted = await onlyOne(stores);
    assert.deepEqual([noted.aggregates, noted.isReady, noted.updatedAtMs], [[3, 9], true, 11]);
    await reservations.move(tenure, id, moveOf('held', 'releasing'));
    assert.equal(await reservations.note(tenure, id, { isReady: false }, 12), 'lost');
    assert.equal(await reservations.note(tenure, id + 1, { isReady: false }, 12), 'lost');
    assert.equal((await onlyOne(stores)).isReady, true);
  });

  it('makes a used host an ordinary one, and frees its place for nobody', async () => {
    const stores = await open();
    const tenure = await withHosts(stores);
    const { reservations } = stores;
    await reservations.reserve(tenure, newReservation());
    const { id } = await onlyOne(stores);
    assert.equal(await reservations.move(tenure, id, moveOf('held', 'used')), 'written');
    assert.equal(await isReserved(stores, 61), false);
    assert.equal(await isReserved(stores, 62), true);
    assert.deepEqual(await reservations.listOpen(10), []);
    const other = newReservation({ incidentId: uuid(901) });
    assert.equal(await reservations.reserve(tenure, other), 'taken');
  });

  it('lets a host that was given back be held again', async () => {
    const stores = await open();
    const tenure = await withHosts(stores);
    const { reservations } = stores;
    await reservations.reserve(tenure, newReservation());
    const { id } = await onlyOne(stores);
    assert.equal(await reservations.move(tenure, id, moveOf('held', 'releasing')), 'written');
    const other = newReservation({ incidentId: uuid(901) });
    assert.equal(await reservations.reserve(tenure, other), 'taken', 'not before it is back');
    assert.equal(await reservations.reserve(tenure, newReservation()), 'taken');
    assert.equal(await reservations.move(tenure, id, moveOf('releasing', 'releasing')), 'written');
    assert.equal((await onlyOne(stores)).tries, 1);
    assert.equal(await reservations.move(tenure, id, moveOf('releasing', 'given_back')), 'written');
    assert.equal(await isReserved(stores, 61), true);
    assert.equal(await reservations.lastEnded(uuid(61)), id);
    assert.equal(await reservations.lastEnded(uuid(62)), 0);
    assert.equal(await reservations.reserve(tenure, other), 'taken', 'read before it was back');
    const later = { ...other, lastEnded: id };
    assert.equal(await reservations.reserve(tenure, later), 'written');
    const rows = await reservations.listOpen(10);
    assert.deepEqual(
      rows.map((row) => row.incidentId),
      [uuid(901)],
    );
  });

  it('moves by compare-and-swap and by its table alone', async () => {
    const stores = await open();
    const tenure = await withHosts(stores);
    const { reservations } = stores;
    await reservations.reserve(tenure, newReservation());
    const { id } = await onlyOne(stores);
    assert.equal(await reservations.move(tenure, id, moveOf('releasing', 'used')), 'lost');
    assert.equal(await reservations.move(tenure, id + 1, moveOf('held', 'used')), 'lost');
    for (const move of [moveOf('held', 'given_back'), moveOf('used', 'held')]) {
      await assert.rejects(reservations.move(tenure, id, move), InvariantError);
    }
    const { state, tries } = await onlyOne(stores);
    assert.deepEqual([state, tries], ['held', 0]);
    assert.equal(await isReserved(stores, 61), true);
  });

  it('releases what an ended incident has left behind, and only that', async () => {
    const stores = await open();
    const tenure = await withHosts(stores);
    const { incidents, reservations } = stores;
    await reservations.reserve(tenure, newReservation());
    const { id } = await onlyOne(stores);
    assert.equal(await reservations.releaseEnded(id, 40), false);
    const move = { guard: null, reason: 'over', atMs: 60 } as const;
    await incidents.move(tenure, uuid(900), { ...move, from: 'suspected', to: 'cancelled' });
    assert.equal(await reservations.releaseEnded(id + 1, 70), false);
    assert.equal(await reservations.releaseEnded(id, 70), true);
    assert.equal(await reservations.releaseEnded(id, 80), false);
    const { state, updatedAtMs } = await onlyOne(stores);
    assert.deepEqual([state, updatedAtMs], ['releasing', 70]);
    assert.equal(await stores.history.purge(1_000_000, 10), 0, 'it is still to be given back');
    await reservations.move(tenure, id, moveOf('releasing', 'given_back'));
    await stores.history.purge(1_000_000, 10);
    assert.equal(await reservations.read(id), undefined);
  });

  it('writes nothing under a tenure that is over', async () => {
    const stores = await open();
    const tenure = await withHosts(stores);
    const stale = await staleTenure(stores);
    const { reservations } = stores;
    assert.equal(await reservations.reserve(stale, newReservation()), 'stale');
    await reservations.reserve(tenure, newReservation());
    const before = await onlyOne(stores);
    assert.equal(await reservations.note(stale, before.id, { isReady: true }, 9), 'stale');
    assert.equal(await reservations.move(stale, before.id, moveOf('held', 'used')), 'stale');
    assert.deepEqual(await onlyOne(stores), before);
    assert.equal(await isReserved(stores, 61), true);
  });
});
