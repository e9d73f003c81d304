/** What operators set after the verdict has fallen holds the recovery back as well. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FenceDevice } from '@medevac/fencing';
import type { RecoveryMethod } from '../src/index.ts';
import { afterStep, EngineBench } from './engine-bench.ts';

interface Word {
  readonly title: string;
  readonly guard: string;
  readonly set: (bench: EngineBench) => Promise<void>;
  readonly clear: (bench: EngineBench) => Promise<void>;
}

type Segments = EngineBench['stores']['segments'];

const segment =
  (change: Parameters<Segments['updateSegment']>[1]) =>
  async ({ stores, segmentUuid, clock }: EngineBench) => {
    const answer = await stores.segments.updateSegment(segmentUuid, change, clock.wallMs());
    assert.equal(answer.kind, 'changed');
  };

const maintenance = (onMaintenance: boolean) => async (bench: EngineBench) => {
  const { segments } = bench.stores;
  const host = bench.hostUuid(0);
  const answer = await segments.updateHost(host, { onMaintenance }, bench.clock.wallMs());
  assert.equal(answer.kind, 'changed');
};

const DISABLED: Word = {
  title: 'a segment that is disabled',
  guard: 'segment_disabled',
  set: segment({ enabled: false }),
  clear: segment({ enabled: true }),
};
const METHOD: Word = {
  title: 'a recovery method that is changed',
  guard: 'recovery_method',
  set: segment({ recoveryMethod: 'by_hand' as RecoveryMethod }),
  clear: segment({ recoveryMethod: 'auto' }),
};
const MAINTENANCE: Word = {
  title: 'a host that is set on maintenance',
  guard: 'maintenance',
  set: maintenance(true),
  clear: maintenance(false),
};

const deleteHost = async (bench: EngineBench) => {
  const answer = await bench.stores.segments.deleteHost(bench.hostUuid(0), bench.clock.wallMs());
  assert.equal(answer, 'deleted');
};

/** A power switch that answers once somebody has mended it. */
class BrokenSwitch implements FenceDevice {
  readonly name = 'switch';
  works = false;

  readonly fence: FenceDevice['fence'] = async ({ report: { evidenceId, by } }) =>
    this.works
      ? {
          kind: 'confirmed',
          confirmation: { kind: 'off', basis: 'trusted_report', by, evidenceId },
        }
      : { kind: 'failed', reason: 'no answer' };
}

/** Owners get back what waits for nothing any more: that is no step of the recovery. */
const writesOf = (bench: EngineBench): readonly string[] =>
  bench.nova.writes.filter((one) => !one.startsWith('unlock '));

/** Nothing is written however long it takes; cleared, the recovery goes on to its end. */
async function assertHolds(bench: EngineBench, word: Word): Promise<void> {
  const writes = writesOf(bench);
  await bench.untilState('held', 400_000);
  await bench.clock.advance(1_200_000);
  const incident = await bench.incident();
  assert.deepEqual([incident?.state, incident?.guard], ['held', word.guard]);
  assert.deepEqual(writesOf(bench), writes, 'no further write');
  await word.clear(bench);
  await bench.untilState('recovered');
}

async function assertEnds(bench: EngineBench, state: string): Promise<void> {
  const writes = writesOf(bench);
  await bench.untilState(state, 400_000);
  assert.match((await bench.incident())?.reason ?? '', /no longer registered/);
  await bench.clock.advance(600_000);
  assert.deepEqual(writesOf(bench), writes, 'no further write');
}

async function untilNotFenced(device: BrokenSwitch): Promise<EngineBench> {
  const bench = await EngineBench.open(3);
  await bench.crashAndReport({ fenceDevices: [device] });
  await bench.untilState('fence_failed', 60_000);
  return bench;
}

describe('while the host could not be fenced', () => {
  for (const word of [DISABLED, METHOD, MAINTENANCE]) {
    it(`${word.title} holds the recovery, although the device works then`, async () => {
      const device = new BrokenSwitch();
      const bench = await untilNotFenced(device);
      await word.set(bench);
      device.works = true;
      await assertHolds(bench, word);
      assert.equal(bench.nova.starts.length, 3);
      assert.equal(bench.forceDowns.length, 1);
    });
  }

  it('D24: a host that is deleted ends the recovery', async () => {
    const device = new BrokenSwitch();
    const bench = await untilNotFenced(device);
    await deleteHost(bench);
    device.works = true;
    await assertEnds(bench, 'cancelled');
    assert.deepEqual(bench.nova.writes, []);
  });
});

/**
 * From the move to `fencing` on edits are refused: the last moment for one is just before it, after
 * the recovery has looked.
 */
function beforeFencing(bench: EngineBench, act: () => Promise<void>): void {
  const { incidents } = bench.stores;
  const move = incidents.move.bind(incidents);
  incidents.move = async (tenure, id, to) => {
    if (to.to === 'fencing') {
      incidents.move = move;
      await act();
    }
    return await move(tenure, id, to);
  };
}

const MOMENTS = [
  {
    moment: 'when the verdict has fallen',
    at: (bench: EngineBench, act: () => Promise<void>) => afterStep(bench, 'verdict-1', act),
    ends: 'cancelled',
  },
  { moment: 'at the last moment before fencing', at: beforeFencing, ends: 'partly_recovered' },
];

describe('between the verdict and the force-down', () => {
  for (const { moment, at, ends } of MOMENTS) {
    for (const word of [DISABLED, METHOD, MAINTENANCE]) {
      it(`${word.title} ${moment} holds the recovery, and nothing was written`, async () => {
        const bench = await EngineBench.open(3);
        at(bench, () => word.set(bench));
        const report = await bench.crashAndReport();
        await bench.untilState('held', 60_000);
        assert.deepEqual(bench.nova.writes, []);
        await assertHolds(bench, word);
        await bench.assertRecovered(report);
      });
    }

    it(`a host that is deleted ${moment} ends the recovery, and nothing was written`, async () => {
      const bench = await EngineBench.open(3);
      at(bench, () => deleteHost(bench));
      await bench.crashAndReport();
      await assertEnds(bench, ends);
      assert.deepEqual(bench.nova.writes, []);
    });
  }
});

async function untilNoRoom(): Promise<EngineBench> {
  const bench = await EngineBench.open(3);
  for (const host of bench.nova.hosts.values()) host.room = 0;
  await bench.crashAndReport();
  await bench.untilState('waiting_capacity', 120_000);
  return bench;
}

const makeRoom = (bench: EngineBench) => {
  bench.nova.host('alive-1').room = 100;
};

describe('while instances wait for room', () => {
  for (const word of [DISABLED, METHOD]) {
    it(`${word.title} holds the recovery, although room appears then`, async () => {
      const bench = await untilNoRoom();
      await word.set(bench);
      makeRoom(bench);
      await assertHolds(bench, word);
      assert.equal(bench.nova.starts.length, 3);
      assert.equal(bench.forceDowns.length, 1);
      assert.deepEqual(bench.nova.violations, []);
    });
  }

  it('a host that is deleted ends the recovery, although room appears then', async () => {
    const bench = await untilNoRoom();
    await deleteHost(bench);
    makeRoom(bench);
    await assertEnds(bench, 'partly_recovered');
    assert.deepEqual(bench.nova.starts, []);
  });

  it('the maintenance that the recovery itself has set does not hold it', async () => {
    const bench = await untilNoRoom();
    assert.equal(await bench.isOnMaintenance(), true);
    makeRoom(bench);
    await bench.untilState('recovered');
    const events = await bench.stores.incidents.readEvents((await bench.incident())!.id);
    assert.ok(events.every((one) => !one.message.includes('maintenance')));
  });
});
