/** When what keeps an instance waiting is written off, and what is asked for it after that. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideInstance } from '@medevac/core';
import { MayRunBench } from './may-run-bench.ts';

const BEGUN = { status: 'pre-migrating', destHost: 'dead-2' };
/** The call went out, and its destination died before it had begun. */
const NAMED = { status: 'accepted', destHost: 'dead-2' };

describe('D8: an instance on its way to a host that died', () => {
  it('is written off, journaled and free to be reset, when that host is confirmed dead', async () => {
    const bench = new MayRunBench(['dead-2']);
    const set = await bench.open();
    const facts = bench.facts([BEGUN]);
    assert.equal(decideInstance(set.known(facts)).kind, 'wait');
    assert.equal(await set.writeOff(facts), true);
    assert.deepEqual(
      bench.kept.map(({ builds, isWatched, messagesAt, records }) => [
        ...[builds, isWatched, messagesAt],
        records.map(({ hosts, id }) => [id, hosts]),
      ]),
      [[0, true, [], [[1, ['dead-2']]]]],
    );
    assert.equal(set.isWrittenOff, true);
    assert.equal(decideInstance(set.known(facts)).kind, 'reset');
  });

  it('waits while one of several members is not confirmed dead', async () => {
    const bench = new MayRunBench(['dead-2', 'dead-3']);
    const [, third] = bench.destinations;
    assert.ok(third);
    third.hasIncident = false;
    const set = await bench.open();
    const facts = bench.facts([BEGUN, { ...BEGUN, destHost: 'dead-3' }]);
    const missing = 'dead-3 is not confirmed dead; report its failure so that it is confirmed dead';
    assert.equal(await set.writeOff(facts), missing);
    assert.deepEqual([bench.kept, set.isWrittenOff], [[], false]);
    third.hasIncident = true;
    await bench.later();
    assert.equal(await set.writeOff(facts), true);
  });

  it('names a host that is in no segment, with what to do about it', async () => {
    const bench = new MayRunBench(['dead-2']);
    const [second] = bench.destinations;
    assert.ok(second);
    Object.assign(second, { hasIncident: false, isInSegment: false });
    const answer = await (await bench.open()).writeOff(bench.facts([BEGUN]), true);
    assert.match(String(answer), /^dead-2 is not confirmed dead; it is in no segment, so nobody/);
    assert.match(String(answer), /add it and report its failure$/);
    assert.deepEqual(bench.kept, []);
  });

  it('whose record names nobody is written off by what Placement names, and not without', async () => {
    const bench = new MayRunBench(['dead-2']);
    const set = await bench.open();
    const facts = bench.facts([{}]);
    assert.match(String(await set.writeOff(facts)), /^Placement names no host/);
    bench.providers = ['dead-2'];
    await bench.later();
    assert.equal(await set.writeOff({ ...facts, unchangedForMs: 1_000 }), false);
    assert.equal(await set.writeOff(facts), true);
    assert.deepEqual(bench.kept[0]?.messagesAt, ['dead-2']);
  });
});

describe('D1: nothing is asked for an instance', () => {
  const signs = [
    ['its power reads on', 'power'],
    ['its service has moved', 'stamp'],
    ['it is not forced down any more', 'forcedDown'],
    ['a sign of life is kept', 'signOfLife'],
    ['it is on its way back', 'returnState'],
  ] as const;
  for (const [title, what] of signs) {
    const bench = new MayRunBench(['dead-2']);
    const [second] = bench.destinations;
    const show = (): void => {
      assert.ok(second);
      if (what === 'power') second.feed.power = 'on';
      if (what === 'stamp') second.stamp = 'reported';
      if (what === 'forcedDown') second.forcedDown = false;
      if (what === 'signOfLife') second.signOfLife = 9;
      if (what === 'returnState') second.returnState = 'clearing';
    };

    it(`when a member of its set shows life: ${title}, before the write-off`, async () => {
      const set = await bench.open();
      show();
      assert.equal(typeof (await set.writeOff(bench.facts([NAMED]), true)), 'string');
      assert.deepEqual([bench.kept, set.isWrittenOff], [[], false]);
    });
    // The return is begun by a moved stamp, which is looked at here.
    if (what === 'returnState') continue;

    it(`and after it: ${title}`, async () => {
      const after = new MayRunBench(['dead-2']);
      const [dead] = after.destinations;
      assert.ok(dead && second);
      const set = await after.open();
      const facts = after.facts([NAMED]);
      assert.equal(await set.writeOff(facts), true);
      assert.equal(await set.doubt(), undefined);
      const { forcedDown, signOfLife, stamp } = second;
      Object.assign(dead, { forcedDown, signOfLife, stamp });
      dead.feed.power = second.feed.power;
      await after.later();
      assert.match(
        String(await set.doubt()),
        /dead-2.*make certain that it has no domain on dead-2/,
      );
      assert.equal(decideInstance(set.known(facts)).kind, 'wait', 'what is under way is followed');
      const end = decideInstance(set.known({ ...facts, unchangedForMs: facts.patienceMs }));
      assert.match(end.kind === 'give-up' ? end.reason : '', /make certain that it has no domain/);
      assert.equal(await set.writeOff(facts, true), false, 'and nothing else is written off');
    });
  }
});

describe('the messages that are left behind', () => {
  it('D1: are never more than one for an instance', async () => {
    const bench = new MayRunBench(['dead-2', 'dead-3']);
    const set = await bench.open();
    assert.equal(await set.writeOff(bench.facts([NAMED])), true);
    await bench.later();
    const again = bench.facts([NAMED, { ...NAMED, destHost: 'dead-3' }]);
    const known = set.known(again);
    assert.match(String(await set.writeOff(known)), /^2 hosts still have a message to build it/);
    assert.equal(bench.kept.length, 1);
  });

  it('are none where the destinations had begun, however many of them died', async () => {
    const bench = new MayRunBench(['dead-2', 'dead-3']);
    const set = await bench.open();
    assert.equal(await set.writeOff(bench.facts([BEGUN])), true);
    await bench.later();
    const again = bench.facts([BEGUN, { ...BEGUN, destHost: 'dead-3' }]);
    assert.equal(await set.writeOff(set.known(again)), true);
    assert.deepEqual(
      bench.kept.map(({ builds }) => builds),
      [0, 0],
    );
  });

  for (const [title, isWatched, expected] of [
    ['nobody reads: one more call is made, and never a second', false, 'wait'],
    ['is read at every look: it is tried again as any other', true, 'retry'],
  ] as const) {
    it(`D1: at a host whose power ${title}`, async () => {
      const bench = new MayRunBench(['dead-2'], { isWatched });
      const set = await bench.open();
      assert.equal(await set.writeOff(bench.facts([NAMED])), true);
      assert.equal(bench.kept[0]?.isWatched, isWatched);
      const reset = bench.facts([NAMED], { taskState: null });
      assert.equal(decideInstance(set.known(reset)).kind, 'evacuate', 'the one more');
      const failed = { status: 'failed', destHost: 'alive-1' };
      const facts = bench.facts([NAMED, failed], { taskState: null });
      assert.equal(decideInstance(set.known(facts)).kind, expected);
      const end = decideInstance(set.known({ ...facts, unchangedForMs: facts.patienceMs }));
      const reason = end.kind === 'give-up' ? end.reason : '';
      assert.equal(/evacuated once more.*whose power nobody reads/.test(reason), !isWatched);
    });
  }
});
