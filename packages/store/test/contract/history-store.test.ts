/**
 * Contract of purging: what ended long ago goes with all that belongs to it, what is open stays.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { IncidentState } from '@medevac/core';
import type { Tenure } from '@medevac/workflow';
import type { Stores } from '../../src/index.ts';
import { contract } from './implementations.ts';
import {
  hostName,
  newEvidence,
  newNotification,
  newReturn,
  newRun,
  newVmove,
  openIncident,
  replica,
  stepRecord,
  takeTenure,
  uuid,
} from './sample-rows.ts';

const CUTOFF = 10_000;

async function closedIncident(stores: Stores, tenure: Tenure, n: number, atMs: number) {
  const host = hostName(`h${n}`);
  const incident = await openIncident(stores, n, { hostName: host });
  await stores.incidents.addEvidence(host, newEvidence());
  const event = { step: 's', message: 'm', progress: 1, failed: false, atMs: 1 };
  await stores.incidents.addEvent(tenure, incident.id, event);
  await stores.vmoves.plan(tenure, [newVmove(n, { incidentId: incident.id })]);
  await stores.incidents.move(tenure, incident.id, {
    from: IncidentState.suspected,
    to: IncidentState.cancelled,
    guard: null,
    reason: 'r',
    atMs,
  });
  return incident;
}

async function endedRun(stores: Stores, id: string, atMs: number): Promise<void> {
  const run = newRun(id);
  await stores.journal.createRun(run);
  const tenure = await stores.leases.take(`run/${id}`, undefined, replica('r'));
  assert.ok(tenure !== undefined);
  await stores.journal.writeStep(tenure, stepRecord('a', { runId: run.id }));
  await stores.journal.finishRun(tenure, run.id, { state: 'succeeded', result: null }, atMs);
}

contract('HistoryStore', (open) => {
  it('drops a closed incident with everything that belongs to it, and keeps a younger one', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    const old = await closedIncident(stores, tenure, 900, CUTOFF - 1);
    const young = await closedIncident(stores, tenure, 901, CUTOFF);
    assert.equal(await stores.history.purge(CUTOFF, 10), 1);
    assert.equal(await stores.incidents.read(old.id), undefined);
    assert.deepEqual(await stores.incidents.readEvidence(old.id), []);
    assert.deepEqual(await stores.incidents.readEvents(old.id), []);
    assert.equal(await stores.vmoves.read(uuid(900)), undefined);
    assert.equal(await stores.notifications.read(uuid(70_900)), undefined);
    assert.equal((await stores.incidents.readEvidence(young.id)).length, 2);
    assert.ok((await stores.vmoves.read(uuid(901))) !== undefined);
    assert.equal(await stores.history.purge(CUTOFF, 10), 0);
  });

  it('keeps an open incident, and a closed one whose host has not returned', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    await openIncident(stores, 902);
    const away = await closedIncident(stores, tenure, 900, 1);
    await stores.returns.open(tenure, newReturn({ incidentId: away.id }));
    assert.equal(await stores.history.purge(CUTOFF, 10), 0);
    await stores.returns.move(tenure, away.id, {
      from: 'waiting',
      to: 'cancelled',
      message: 'gone',
      atMs: 5,
    });
    assert.equal(await stores.history.purge(CUTOFF, 10), 1);
    assert.equal(await stores.returns.read(away.id), undefined);
  });

  it('drops settled notifications without an incident, not those that still wait', async () => {
    const stores = await open();
    for (const n of [1, 2, 3]) {
      await stores.notifications.create(newNotification(n, { createdAtMs: n }), 0);
    }
    await stores.notifications.settle(uuid(1), 'ignored', 'm', 1);
    await stores.notifications.settle(uuid(2), 'finished', 'm', 1);
    assert.equal(await stores.history.purge(2, 10), 1);
    assert.equal(await stores.notifications.read(uuid(1)), undefined);
    assert.ok((await stores.notifications.read(uuid(2))) !== undefined);
    assert.equal((await stores.notifications.undispatched(10)).length, 1);
  });

  it('drops ended runs with their steps and leases, not running ones', async () => {
    const stores = await open();
    await endedRun(stores, 'old', 5);
    await endedRun(stores, 'young', CUTOFF);
    await stores.journal.createRun(newRun('running'));
    assert.equal(await stores.history.purge(CUTOFF, 10), 1);
    assert.equal(await stores.journal.readRun(newRun('old').id), undefined);
    assert.deepEqual(await stores.journal.readSteps(newRun('old').id), []);
    assert.equal(await stores.leases.read('run/old'), undefined);
    assert.equal((await stores.journal.readSteps(newRun('young').id)).length, 1);
    assert.equal((await stores.journal.runningRuns(10)).length, 1);
  });

  it('goes oldest first and stops at the limit', async () => {
    const stores = await open();
    const tenure = await takeTenure(stores);
    for (const [n, atMs] of [
      [900, 30],
      [901, 10],
      [902, 20],
    ] as const) {
      await closedIncident(stores, tenure, n, atMs);
    }
    assert.equal(await stores.history.purge(CUTOFF, 2), 2);
    assert.ok((await stores.incidents.read(uuid(900))) !== undefined);
    assert.equal(await stores.history.purge(CUTOFF, 2), 1);
  });
});
