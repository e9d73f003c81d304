/** Levels, dual feeds, tries and the last reading of all devices. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Confirmation, confirmedTogether } from './confirmation.ts';
import {
  type FencingEvent,
  type FencingFacts,
  type FencingPlan,
  nextFencingStep,
  oneByOne,
} from './decide-fencing.ts';

const off = (by: string, evidenceId = 7): Confirmation => ({
  kind: 'off',
  basis: 'power_off',
  by,
  evidenceId,
});
const confirmed = (device: string, level = 0): FencingEvent => ({
  kind: 'confirmed',
  level,
  device,
  confirmation: off(device),
});
const failed = (device: string, level = 0): FencingEvent => ({
  kind: 'failed',
  level,
  device,
  reason: 'no answer',
});
const read = (level: number, readings: Readonly<Record<string, 'on' | 'off' | 'unknown'>>) =>
  ({
    kind: 'read',
    level,
    readings: Object.entries(readings).map(([device, kind]) =>
      kind === 'unknown' ? { device, kind, reason: 'silent' } : { device, kind },
    ),
  }) satisfies FencingEvent;

const DUAL: FencingPlan = {
  levels: [['feed-a', 'feed-b'], ['bmc']],
  triesPerDevice: 2,
  levelMs: 60_000,
};

const next = (events: readonly FencingEvent[], facts: Partial<FencingFacts> = {}) =>
  nextFencingStep({
    plan: DUAL,
    readable: ['feed-a', 'feed-b', 'bmc'],
    events,
    levelSpentMs: 0,
    ...facts,
  });

describe('the next step of a fencing plan', () => {
  it('tries all devices of the first level at once', () => {
    assert.deepEqual(next([]), { kind: 'try', level: 0, devices: ['feed-a', 'feed-b'] });
  });

  it('tries again what failed, and not what confirmed', () => {
    const step = next([confirmed('feed-a'), failed('feed-b')]);
    assert.deepEqual(step, { kind: 'try', level: 0, devices: ['feed-b'] });
  });

  it('takes one of two feeds for nothing, and goes to the next level', () => {
    const step = next([confirmed('feed-a'), failed('feed-b'), failed('feed-b')]);
    assert.deepEqual(step, { kind: 'try', level: 1, devices: ['bmc'] });
  });

  it('repeats no try of a level whose time is up', () => {
    const step = next([confirmed('feed-a'), failed('feed-b')], { levelSpentMs: 60_000 });
    assert.deepEqual(step, { kind: 'try', level: 1, devices: ['bmc'] });
    const later = [confirmed('feed-a'), failed('feed-b'), failed('bmc', 1)];
    assert.deepEqual(next(later), { kind: 'try', level: 1, devices: ['bmc'] });
  });

  it('reads every device of the host once more when a level of several has confirmed', () => {
    const both = [confirmed('feed-a'), confirmed('feed-b')];
    assert.deepEqual(next(both), {
      kind: 'read',
      level: 0,
      devices: ['feed-a', 'feed-b', 'bmc'],
    });
    const silentBmc = { 'feed-a': 'off', 'feed-b': 'off', bmc: 'unknown' } as const;
    assert.deepEqual(next([...both, read(0, silentBmc)]), {
      kind: 'confirmed',
      confirmation: {
        ...{ kind: 'off', basis: 'power_off', by: 'feed-a and feed-b', evidenceId: 7 },
        devices: ['feed-a', 'feed-b'],
      },
    });
  });

  for (const [what, readings] of [
    ['a feed came on meanwhile', { 'feed-a': 'on', 'feed-b': 'off', bmc: 'off' }],
    ['a feed does not answer any more', { 'feed-a': 'off', 'feed-b': 'unknown', bmc: 'off' }],
    ['another device reads on', { 'feed-a': 'off', 'feed-b': 'off', bmc: 'on' }],
  ] as const) {
    it(`leaves a level that has confirmed when ${what}`, () => {
      const step = next([confirmed('feed-a'), confirmed('feed-b'), read(0, readings)]);
      assert.deepEqual(step, { kind: 'try', level: 1, devices: ['bmc'] });
    });
  }

  it('fails with the reasons of every level', () => {
    const events = [
      ...[confirmed('feed-a'), failed('feed-b'), failed('feed-b')],
      ...[failed('bmc', 1), failed('bmc', 1)],
    ];
    assert.deepEqual(next(events), {
      kind: 'failed',
      reasons: [
        'feed-b: no answer',
        'feed-a confirmed, which is not enough without the others',
        'bmc: no answer',
      ],
    });
  });

  it('confirms by a single device without another reading, and fails without any', () => {
    const plan = oneByOne(['bmc']);
    const step = next([confirmed('bmc')], { plan, readable: ['bmc'] });
    assert.deepEqual(step, { kind: 'confirmed', confirmation: off('bmc') });
    const none = next([], { plan: oneByOne([]), readable: [] });
    assert.deepEqual(none, { kind: 'failed', reasons: [] });
  });
});

describe('what several devices confirm together', () => {
  it('counts from the first of them, and is no more than the weakest', () => {
    const reset: Confirmation = { kind: 'reset', basis: 'fenced_event', by: 'peer', evidenceId: 9 };
    assert.deepEqual(confirmedTogether([off('bmc', 4), reset]), {
      ...{ kind: 'reset', basis: 'fenced_event', by: 'bmc and peer', evidenceId: 4 },
      devices: ['bmc'],
    });
  });
});
