/** The simulated BMCs and the one-way networks, as the ground truth has them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type HostName, seededRandom } from '@medevac/kernel';
import { SimulatedCloud, VirtualTime } from '../src/index.ts';

const HOST = 'compute-1' as HostName;
const CALL = { deadlineMs: 60_000 };

function open() {
  const clock = new VirtualTime();
  const cloud = new SimulatedCloud({ clock, random: seededRandom(1), hosts: 2 });
  cloud.start();
  /** Lets time pass until the promise has its answer. */
  const within = async <T>(ms: number, promise: Promise<T>): Promise<T> => {
    promise.catch(() => undefined);
    await clock.advance(ms);
    return await promise;
  };
  const { signal } = new AbortController();
  const read = () => within(10_000, cloud.power.read(HOST, signal));
  const switchOff = () => within(20_000, cloud.power.switchOff(HOST, signal));
  return { clock, cloud, read, switchOff };
}

describe('a simulated BMC', () => {
  for (const [state, before, after, power] of [
    ['works', 'on', 'off', 'off'],
    ['slow', 'on', 'off', 'off'],
    ['stuck', 'on', 'on', 'on'],
    ['lying', 'off', 'off', 'on'],
  ] as const) {
    it(`that is ${state} reads ${before}, then ${after}, and the power is ${power}`, async () => {
      const { clock, cloud, read, switchOff } = open();
      cloud.boot(1, HOST);
      cloud.setBmc(HOST, state);
      const first = await read();
      await switchOff();
      await clock.advance(20_000);
      const second = await read();
      assert.deepEqual([first.kind, second.kind, cloud.host(HOST).power], [before, after, power]);
      assert.equal(cloud.instances()[0]?.runsOn.length, power === 'on' ? 1 : 0);
    });
  }

  it('that is unreachable answers nothing, and switches nothing', async () => {
    const { cloud, read, switchOff } = open();
    cloud.setBmc(HOST, 'unreachable');
    await assert.rejects(read(), /does not answer/);
    await assert.rejects(switchOff(), /does not answer/);
    assert.equal(cloud.host(HOST).power, 'on');
  });
});

describe('a host behind a one-way network', () => {
  /** compute-1 is dead and Nova is told; its one instance is sent to compute-2. */
  async function sendTo2(way: 'in' | 'out') {
    const { clock, cloud } = open();
    const [uuid] = cloud.boot(1, HOST);
    cloud.crash(HOST);
    cloud.setForcedDown(HOST, true);
    cloud.partition('compute-2', 'management', way);
    if (uuid === undefined) throw new Error('one instance was booted');
    const sent = cloud.nova.evacuate(uuid, undefined, CALL);
    await clock.advance(30_000);
    await sent;
    const seen = (): unknown[] => {
      const one = cloud.instance(uuid);
      return [one?.runsOn[0], one?.server.host, cloud.host('compute-2').isReporting];
    };
    return { clock, cloud, seen };
  }

  it('that hears nothing reports, and builds nothing until it hears', async () => {
    const { clock, cloud, seen } = await sendTo2('in');
    assert.deepEqual(seen(), [undefined, HOST, true]);
    cloud.heal('compute-2');
    await clock.advance(20_000);
    assert.deepEqual(seen(), ['compute-2', 'compute-2', true]);
  });

  it('that is not heard builds at once, and Nova learns of it later', async () => {
    const { clock, cloud, seen } = await sendTo2('out');
    assert.deepEqual(seen(), ['compute-2', HOST, false]);
    cloud.heal('compute-2');
    await clock.advance(1_000);
    assert.deepEqual(seen(), ['compute-2', 'compute-2', true]);
  });
});
