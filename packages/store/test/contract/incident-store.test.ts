/** Contract of the incident store. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { IncidentState } from '@medevac/core';
import { EvidenceKind, type IncidentMove } from '@medevac/engine';
import { InvariantError, LIMITS } from '@medevac/kernel';
import type { Stores } from '../../src/index.ts';
import { contract } from './implementations.ts';
import {
  hostFields,
  hostName,
  newEvidence,
  newIncident,
  newNotification,
  openIncident,
  segmentFields,
  staleTenure,
  takeTenure,
  uuid,
} from './sample-rows.ts';

const compute1 = hostName('compute-1');
const id = uuid<never>(900);

const moveOf = (from: IncidentState, to: IncidentState, atMs = 50): IncidentMove => ({
  from,
  to,
  guard: null,
  reason: `now ${to}`,
  atMs,
});

/** Everything a refused write must leave alone. */
const everything = async ({ incidents, notifications, segments }: Stores): Promise<unknown> => [
  await incidents.read(id),
  await incidents.readEvidence(id),
  await incidents.readEvents(id),
  await notifications.list({ filter: {}, sort: [], limit: 100 }),
  await segments.listHosts({ filter: {}, sort: [], limit: 100 }),
];

contract('IncidentStore', (open) => {
  it('opens an incident, ties the notification to it and keeps the evidence', async () => {
    const { incidents, notifications } = await open();
    await notifications.create(newNotification(1), 0);
    const expected = {
      ...newIncident(900),
      state: 'suspected',
      guard: null,
      reason: null,
      updatedAtMs: newIncident(900).openedAtMs,
      closedAtMs: null,
      retries: 0,
      retryAskedAtMs: null,
      acknowledged: null,
      paused: null,
      method: null,
    };
    const opened = await incidents.openOrJoin(newIncident(900), uuid(1), newEvidence());
    assert.deepEqual(opened, { kind: 'opened', incident: expected });
    assert.deepEqual(await incidents.read(id), expected);
    assert.deepEqual(await incidents.findOpen(compute1), expected);
    const report = await notifications.read(uuid(1));
    assert.deepEqual([report?.incidentId, report?.status, report?.message], [id, 'new', null]);
    const [evidence, ...more] = await incidents.readEvidence(id);
    assert.deepEqual(evidence, { ...newEvidence(), id: evidence?.id, incidentId: id });
    assert.deepEqual(more, []);
    assert.equal(await incidents.read(uuid(901)), undefined);
    assert.equal(await incidents.findOpen(hostName('compute-2')), undefined);
  });

  it('joins the open incident and gives the report the status and reason of its state', async () => {
    const stores = await open();
    const { incidents, notifications } = stores;
    const tenure = await takeTenure(stores);
    await openIncident(stores, 900);
    await incidents.move(tenure, id, moveOf('suspected', 'fencing'));
    await notifications.create(newNotification(2), 0);
    const joined = await incidents.openOrJoin(newIncident(901), uuid(2), newEvidence());
    assert.deepEqual(joined, { kind: 'joined', incident: await incidents.read(id) });
    assert.equal(await incidents.read(uuid(901)), undefined);
    const report = await notifications.read(uuid(2));
    assert.deepEqual([report?.incidentId, report?.status], [id, 'running']);
    assert.equal(report?.message, 'now fencing');
    assert.equal((await incidents.readEvidence(id)).length, 2);
  });

  it('opens one incident for ten reports that are looked at at the same moment', async () => {
    const { incidents, notifications } = await open();
    const numbers = Array.from({ length: 10 }, (_, n) => n);
    for (const n of numbers) await notifications.create(newNotification(n), 0);
    const answers = await Promise.all(
      numbers.map((n) => incidents.openOrJoin(newIncident(900 + n), uuid(n), newEvidence())),
    );
    const kinds = answers.map(({ kind }) => kind).sort();
    assert.deepEqual(kinds, [...Array.from({ length: 9 }, () => 'joined'), 'opened']);
    const [only, ...others] = await incidents.listOpen(100);
    assert.deepEqual(others, []);
    assert.ok(only !== undefined);
    assert.equal((await incidents.readEvidence(only.id)).length, 10);
  });

  it('looks at a notification once: dispatched and settled ones change nothing', async () => {
    const stores = await open();
    const { incidents, notifications } = stores;
    for (const n of [1, 2]) await notifications.create(newNotification(n), 0);
    const one = () => incidents.openOrJoin(newIncident(900), uuid(1), newEvidence());
    const answers = await Promise.all([one(), one()]);
    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['opened', 'already-dispatched'],
    );
    await notifications.settle(uuid(2), 'ignored', 'maintenance', 5);
    const before = await everything(stores);
    const host = { hostName: hostName('compute-2') };
    for (const n of [1, 2])
      assert.deepEqual(await incidents.openOrJoin(newIncident(901, host), uuid(n), newEvidence()), {
        kind: 'already-dispatched',
      });
    assert.deepEqual(await everything(stores), before);
    assert.equal(await incidents.findOpen(host.hostName), undefined);
  });

  it('opens a new incident for a host once the former one is closed', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    await openIncident(stores, 900);
    await stores.incidents.move(tenure, id, moveOf('suspected', 'cancelled', 77));
    assert.equal((await stores.incidents.read(id))?.closedAtMs, 77);
    assert.equal(await stores.incidents.findOpen(compute1), undefined);
    assert.equal((await openIncident(stores, 901)).id, uuid(901));
  });

  it('lists open incidents, oldest first, up to the limit', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    for (const n of [903, 901, 902]) await openIncident(stores, n, { hostName: hostName(`h${n}`) });
    await openIncident(stores, 900);
    await stores.incidents.move(tenure, id, moveOf('suspected', 'cancelled'));
    const listed = await stores.incidents.listOpen(10);
    assert.deepEqual(
      listed.map((each) => each.id),
      [uuid(901), uuid(902), uuid(903)],
    );
    assert.deepEqual(
      (await stores.incidents.listOpen(1)).map((each) => each.id),
      [uuid(901)],
    );
  });

  it('moves by compare-and-swap, and the notifications that joined move along', async () => {
    const stores = await open();
    const { incidents, notifications } = stores;
    const tenure = await takeTenure(stores);
    await openIncident(stores, 900);
    await notifications.create(newNotification(5), 0);
    const held = { ...moveOf('suspected', 'held'), guard: 'storm', reason: 'too many' };
    const answers = await Promise.all([
      incidents.move(tenure, id, held),
      incidents.move(tenure, id, moveOf('suspected', 'fencing')),
    ]);
    assert.deepEqual(answers, ['written', 'lost']);
    const row = await incidents.read(id);
    assert.deepEqual([row?.state, row?.guard, row?.reason], ['held', 'storm', 'too many']);
    assert.deepEqual([row?.updatedAtMs, row?.closedAtMs], [50, null]);
    assert.equal(await incidents.move(tenure, id, moveOf('held', 'fencing', 60)), 'written');
    assert.equal(await incidents.move(tenure, id, moveOf('fencing', 'planning', 61)), 'written');
    assert.equal(await incidents.move(tenure, id, moveOf('planning', 'recovered', 62)), 'written');
    const ended = await incidents.read(id);
    assert.deepEqual([ended?.closedAtMs, ended?.guard], [62, null]);
    const filter = { incidentId: id };
    const joined = await notifications.list({ filter, sort: [], limit: 10 });
    assert.ok(joined.kind === 'page' && joined.rows.length === 1);
    const [report] = joined.rows;
    const expected = ['finished', 'now recovered', 62];
    assert.deepEqual([report?.status, report?.message, report?.updatedAtMs], expected);
    const alone = await notifications.read(uuid(5));
    assert.deepEqual([alone?.status, alone?.message], ['new', null]);
  });

  it('changes guard and reason alone in a move to the present state', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    await openIncident(stores, 900);
    await stores.incidents.move(tenure, id, moveOf('suspected', 'held'));
    const again = { ...moveOf('held', 'held', 70), guard: 'maintenance', reason: 'planned work' };
    assert.equal(await stores.incidents.move(tenure, id, again), 'written');
    const row = await stores.incidents.read(id);
    assert.deepEqual(
      [row?.state, row?.guard, row?.reason, row?.closedAtMs],
      ['held', 'maintenance', 'planned work', null],
    );
    const filter = { incidentId: id };
    const joined = await stores.notifications.list({ filter, sort: [], limit: 1 });
    assert.ok(joined.kind === 'page');
    const [report] = joined.rows;
    assert.deepEqual([report?.status, report?.message], ['new', 'planned work']);
  });

  it('breaks an invariant on a move that the table forbids, and changes nothing', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    await openIncident(stores, 900);
    const before = await everything(stores);
    await assert.rejects(
      stores.incidents.move(tenure, id, moveOf('suspected', 'recovered')),
      InvariantError,
    );
    assert.deepEqual(await everything(stores), before);
  });

  it('writes nothing under a tenure that is over', async () => {
    const stores = await open();
    const { incidents, segments } = stores;
    const stale = await staleTenure(stores);
    await segments.createSegment(uuid(1), segmentFields(), 1);
    await segments.createHost(uuid(10), uuid(1), hostFields(), 1);
    await openIncident(stores, 900);
    const before = await everything(stores);
    const event = { step: 'fence', message: 'off', progress: 1, failed: false, atMs: 1 };
    const answers = await Promise.all([
      incidents.move(stale, id, moveOf('suspected', 'fencing')),
      incidents.addEvent(stale, id, event),
      incidents.setMaintenance(stale, uuid(10), 9),
    ]);
    assert.deepEqual(answers, ['stale', 'stale', 'stale']);
    assert.deepEqual(await everything(stores), before);
  });

  it('answers lost for an incident that is not there', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    assert.equal(await stores.incidents.move(tenure, id, moveOf('suspected', 'held')), 'lost');
  });

  it('adds evidence to the open incident only, in the order of receipt', async () => {
    const stores = await open();
    const { incidents } = stores;
    const tenure = await takeTenure(stores);
    assert.equal(await incidents.addEvidence(compute1, newEvidence()), 'no-incident');
    await openIncident(stores, 900);
    const life = newEvidence({ kind: 'sign_of_life', source: 'nova', receivedAtMs: 1 });
    assert.equal(await incidents.addEvidence(compute1, life), 'added');
    const [first, second] = await incidents.readEvidence(id);
    assert.ok(first !== undefined && second !== undefined && second.id > first.id);
    assert.deepEqual(second, { ...life, id: second.id, incidentId: id });
    await incidents.move(tenure, id, moveOf('suspected', 'cancelled'));
    assert.equal(await incidents.addEvidence(compute1, life), 'no-incident');
    assert.equal((await incidents.readEvidence(id)).length, 2);
  });

  it('drops the oldest evidence beyond the limit', async () => {
    const stores = await open();
    await openIncident(stores, 900);
    const beyond = LIMITS.evidencePerIncident + 4;
    const added = Array.from({ length: beyond }, (_, n) =>
      stores.incidents.addEvidence(compute1, newEvidence({ content: n })),
    );
    await Promise.all(added);
    const contents = (await stores.incidents.readEvidence(id)).map(({ content }) => content);
    const newest = Array.from({ length: LIMITS.evidencePerIncident }, (_, n) => n + 4);
    assert.deepEqual(contents, newest);
  });

  it('never drops the newest evidence of a kind, however much of the other kind follows', async () => {
    const life = newEvidence({ kind: 'sign_of_life', source: 'nova' });
    const words = [EvidenceKind.fenced, EvidenceKind.confirmedOff, EvidenceKind.proven];
    for (const [rare, flood] of [
      [life, newEvidence()],
      [newEvidence(), life],
      ...words.map((kind) => [newEvidence({ kind }), newEvidence()] as const),
    ] as const) {
      const stores = await open();
      await openIncident(stores, 900);
      const add = (evidence: typeof rare, content: string) =>
        stores.incidents.addEvidence(compute1, { ...evidence, content });
      await add(rare, 'an older one');
      await add(rare, 'the newest of its kind');
      const floods = Array.from({ length: LIMITS.evidencePerIncident + 20 }, (_, n) =>
        add(flood, `flood ${n}`),
      );
      await Promise.all(floods);
      const kept = await stores.incidents.readEvidence(id);
      assert.equal(kept.length, LIMITS.evidencePerIncident);
      const [first, second] = kept;
      assert.deepEqual([first?.kind, first?.content], [rare.kind, 'the newest of its kind']);
      assert.deepEqual([second?.kind, second?.content], [flood.kind, 'flood 21']);
      assert.ok(kept.every((row, n) => n === 0 || row.id > (kept[n - 1]?.id ?? 0)));
      await add(rare, 'newer still');
      const after = await stores.incidents.readEvidence(id);
      assert.equal(after.length, LIMITS.evidencePerIncident);
      assert.deepEqual(
        after.filter(({ kind }) => kind === rare.kind).map(({ content }) => content),
        ['newer still'],
      );
    }
  });

  it('drops the oldest lines of a timeline beyond the limit', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    await openIncident(stores, 900);
    const added = Array.from({ length: LIMITS.eventsPerIncident + 3 }, (_, atMs) =>
      stores.incidents.addEvent(tenure, id, {
        step: 's',
        message: 'm',
        progress: 0,
        failed: false,
        atMs,
      }),
    );
    await Promise.all(added);
    const lines = await stores.incidents.readEvents(id);
    assert.equal(lines.length, LIMITS.eventsPerIncident);
    assert.equal(lines[0]?.atMs, 3);
  });

  it('keeps the timeline in the order of its writing', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    await openIncident(stores, 900);
    const events = [3, 1, 2].map((n) => ({
      step: 'evacuate',
      message: `line ${n}`,
      progress: n / 4,
      failed: n === 1,
      atMs: n,
    }));
    for (const event of events)
      assert.equal(await stores.incidents.addEvent(tenure, id, event), 'written');
    const read = await stores.incidents.readEvents(id);
    const expected = events.map((event, n) => ({ ...event, id: read[n]?.id, incidentId: id }));
    assert.deepEqual(read, expected);
    assert.deepEqual(await stores.incidents.readEvents(uuid(901)), []);
    const [event] = events;
    assert.ok(event !== undefined);
    await assert.rejects(stores.incidents.addEvent(tenure, uuid(901), event), InvariantError);
  });

  it('sets the maintenance flag of the host row, and needs none if it is gone', async () => {
    const stores = await open();
    const { incidents, segments } = stores;
    const tenure = await takeTenure(stores);
    await segments.createSegment(uuid(1), segmentFields(), 1);
    await segments.createHost(uuid(10), uuid(1), hostFields(), 1);
    assert.equal(await incidents.setMaintenance(tenure, uuid(10), 9), 'written');
    const row = await segments.readHost(uuid(10));
    assert.deepEqual([row?.onMaintenance, row?.updatedAtMs], [true, 9]);
    assert.equal(await incidents.setMaintenance(tenure, uuid(11), 9), 'written');
  });
});
