/** A node of the cluster is killed while replicas write. It is not started again. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OperationalError, systemClock } from '@medevac/kernel';
import { type OpenedServer, openServer } from '../../src/index.ts';
import { replica } from '../contract/sample-rows.ts';
import { databaseIn, openOwn } from './server-tables.ts';
import { requiredServers } from './test-servers.ts';

const NAME = 'recovery';
const WITHIN_MS = 60_000;

describe('The loss of a Galera node', () => {
  const { galera } = requiredServers();
  let survivor: OpenedServer | undefined;
  let moving: OpenedServer | undefined;
  let close: () => Promise<void> = async () => {};
  before(async () => {
    const own = await openOwn(galera.slice(0, 1).map(({ url }) => url));
    survivor = own.opened[0];
    assert.ok(survivor);
    const { rows } = await survivor.database.read((db) =>
      import('kysely').then(({ sql }) =>
        sql<{ name: string }>`select database() as name`.execute(db),
      ),
    );
    const name = rows[0]?.name ?? '';
    // The third node first, the second when it is gone.
    const [, second = '', third = ''] = galera.map(({ url }) => url);
    const place = /@([^/]+)\//;
    const url = third.replace(place, `@${place.exec(third)?.[1]},${place.exec(second)?.[1]}/`);
    moving = await openServer({ url: databaseIn(url, name), clock: systemClock });
    close = async () => {
      await moving?.close();
      await own.close();
    };
  });
  after(() => close());

  it('is passed over by a replica whose address names another node, and no beat is lost', async () => {
    assert.ok(survivor && moving);
    const tenure = await moving.stores.leases.take(NAME, undefined, replica('moving'));
    assert.ok(tenure);
    const startedMs = systemClock.monotonicMs();
    let renewals = 0;
    let uncertain = 0;
    let killed = false;
    let lastWorkedMs = startedMs;
    let longestGapMs = 0;
    const failures = new Set<string>();
    while (renewals < 400 && systemClock.monotonicMs() - startedMs < WITHIN_MS) {
      if (renewals === 100 && !killed) {
        process.kill(galera[2]?.pid ?? 0, 'SIGKILL');
        killed = true;
        lastWorkedMs = systemClock.monotonicMs();
      }
      try {
        assert.equal(await moving.stores.leases.renew(tenure), true, 'the tenure is never lost');
        renewals++;
        const nowMs = systemClock.monotonicMs();
        if (killed) longestGapMs = Math.max(longestGapMs, nowMs - lastWorkedMs);
        lastWorkedMs = nowMs;
      } catch (error) {
        assert.ok(error instanceof OperationalError, String(error));
        assert.notEqual(error.retry, 'never', error.message);
        failures.add(`${error.code} ${error.retry}`);
        if (error.retry === 'unknown-outcome') uncertain++;
        await systemClock.sleep(20);
      }
    }
    assert.equal(renewals, 400, [...failures].join(', '));
    const row = await survivor.stores.leases.read(NAME);
    const beats = row?.beat ?? 0;
    assert.ok(beats >= 400 && beats <= 400 + uncertain, `${beats} beats, ${uncertain} uncertain`);
    process.stdout.write(
      `node killed: ${Math.round(longestGapMs)} ms without a write; ${[...failures].join(', ')}\n`,
    );
  });
});
