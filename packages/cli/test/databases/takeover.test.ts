/** Another replica carries on with what the holder of a recovery has left, on each database. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '@medevac/kernel';
import { requiredServers } from './database-client.ts';
import { ReplicaFleet } from './replica-fleet.ts';

const LONG_MS = 120_000;
/** More than a lease: whoever sleeps so long has lost its runs. */
const ASLEEP_MS = 5_000;
const SIZE = { replicas: 2, instances: 8, callMs: 400 } as const;
const servers = requiredServers();

async function inMidRecovery(server: string): Promise<ReplicaFleet> {
  const fleet = await ReplicaFleet.open({ ...SIZE, server });
  await fleet.fail();
  await fleet.until(() => fleet.calls.length >= 4, LONG_MS);
  return fleet;
}

for (const [name, server] of [
  ['MariaDB', servers.mariadb],
  ['PostgreSQL', servers.postgresql],
] as const)
  describe(`a recovery of several replicas on ${name}`, () => {
    it('C6: is carried on by another one when its holder is killed', async () => {
      const fleet = await inMidRecovery(server);
      try {
        const { holder } = fleet;
        fleet.signal(holder, 'SIGKILL');
        const before = fleet.callsOf(holder).length;
        assert.ok(before < SIZE.instances, 'it was in the middle');
        await fleet.assertRecovered(LONG_MS);
        assert.notEqual(fleet.holder, holder);
        const epochs = fleet.taken.map(({ epoch }) => epoch);
        assert.deepEqual(epochs, [1, 2], 'taken over once');
        const asked = fleet.calls.map(({ instance }) => instance);
        assert.equal(new Set(asked).size, SIZE.instances);
      } finally {
        await fleet.close();
      }
    });

    it('is left alone by a holder that wakes and still believes that it holds it', async () => {
      const fleet = await inMidRecovery(server);
      try {
        const { holder } = fleet;
        fleet.signal(holder, 'SIGSTOP');
        await fleet.until(() => fleet.holder !== holder, LONG_MS);
        const stopped = fleet.callsOf(holder).length;
        await systemClock.sleep(ASLEEP_MS);
        fleet.signal(holder, 'SIGCONT');
        await fleet.assertRecovered(LONG_MS);
        assert.equal(fleet.callsOf(holder).length, stopped, 'no call after its lease was over');
      } finally {
        await fleet.close();
      }
    });
  });
