/** Which way comes next, for each recovery method. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideWay, type ReservedHostFacts, type WayFacts, type WayGone } from './decide-way.ts';

const host = (name: string, change: Partial<ReservedHostFacts> = {}): ReservedHostFacts => ({
  host: name,
  isReporting: true,
  isKeptBack: false,
  heldBy: 'nobody',
  isUsedByUs: false,
  createdAtMs: Number(name.slice(1)),
  fits: undefined,
  tried: 0,
  ...change,
});
const gone = (by: WayGone['by'], change: Partial<WayGone> = {}): WayGone => ({
  by,
  host: by === 'nova' ? null : 'r1',
  placed: 0,
  isLost: false,
  ...change,
});

function way(recoveryMethod: string, change: Partial<WayFacts> = {}): string {
  const facts = { failedHost: 'dead', left: 4, gone: [], reserved: [host('r1'), host('r2')] };
  const limits = { waitedMs: 0, waitLimitMs: 1_000 };
  const next = decideWay({ ...facts, ...limits, recoveryMethod, ...change });
  if (next.kind === 'reserved') return next.host;
  return next.kind === 'nova' && next.isLast ? 'nova, last' : next.kind;
}

const none = { reserved: [] };
const tried = (...names: readonly string[]) => ({
  reserved: names.map((name) => host(name, { tried: 4 })),
});

describe('the next way of a recovery', () => {
  const rows: readonly (readonly [string, string, Partial<WayFacts>, string])[] = [
    ['auto never looks at reserved hosts', 'auto', {}, 'nova, last'],
    ['reserved_host takes the one that was added first', 'reserved_host', {}, 'r1'],
    ['reserved_host waits when there is none', 'reserved_host', none, 'wait'],
    ['reserved_host gives up in the end', 'reserved_host', { ...none, waitedMs: 1_000 }, 'give-up'],
    ['rh_priority takes a reserved host first', 'rh_priority', {}, 'r1'],
    ['rh_priority lets Nova choose when there is none', 'rh_priority', none, 'nova, last'],
    ['auto_priority lets Nova choose first', 'auto_priority', {}, 'nova'],
    ['auto_priority takes what is left there', 'auto_priority', { gone: [gone('nova')] }, 'r1'],
    [
      'auto_priority ends with Nova',
      'auto_priority',
      { gone: [gone('nova'), gone('reserved')], ...tried('r1', 'r2') },
      'nova, last',
    ],
    [
      'rh_priority lets Nova choose for what did not fit',
      'rh_priority',
      { gone: [gone('reserved', { placed: 2 })], ...tried('r1') },
      'nova, last',
    ],
  ];
  for (const [title, method, change, expected] of rows) {
    it(`D26: ${title}`, () => assert.equal(way(method, change), expected));
  }

  const unusable: readonly (readonly [string, Partial<ReservedHostFacts>])[] = [
    ['silent in Nova', { isReporting: false }],
    ['kept back', { isKeptBack: true }],
    ['held for another failed host', { heldBy: 'another' }],
    ['full by Placement', { fits: 0 }],
    ['tried already with everything that is left', { tried: 4 }],
    ['the failed host itself', { host: 'dead' }],
  ];
  for (const [what, change] of unusable) {
    it(`passes over a reserved host that is ${what}`, () => {
      const reserved = [host('r1', change), host('r2')];
      assert.equal(way('reserved_host', { reserved }), 'r2');
      assert.equal(way('reserved_host', { reserved: [host('r1', change)] }), 'wait');
    });
  }

  it('prefers the one where everything fits, then an unknown one, then the most room', () => {
    const all = [host('r1', { fits: 1 }), host('r2', { fits: 3 }), host('r3'), host('r4')];
    const whole = host('r5', { fits: 9 });
    assert.equal(way('reserved_host', { reserved: [...all, whole] }), 'r5');
    assert.equal(way('reserved_host', { reserved: all }), 'r3');
    assert.equal(way('reserved_host', { reserved: all.slice(0, 2) }), 'r2');
  });

  it('goes on with a host that it holds or has used before it takes another', () => {
    const held = [host('r1', { fits: 9 }), host('r2', { heldBy: 'us', fits: 1 })];
    assert.equal(way('reserved_host', { reserved: held }), 'r2');
    const used = [host('r1'), host('r2', { isUsedByUs: true, tried: 3 })];
    assert.equal(way('reserved_host', { reserved: used }), 'r2');
  });

  it('D14: takes no further reserved host when one that lives took nothing', () => {
    const reserved = [host('r1', { tried: 4 }), host('r2')];
    const fruitless = { gone: [gone('reserved')], reserved };
    assert.equal(way('reserved_host', fruitless), 'wait');
    assert.equal(way('rh_priority', fruitless), 'nova, last');
    const fits = [host('r1', { tried: 4 }), host('r2', { fits: 1 })];
    assert.equal(way('reserved_host', { ...fruitless, reserved: fits }), 'r2');
    assert.equal(way('reserved_host', { gone: [gone('reserved', { placed: 1 })], reserved }), 'r2');
    const lost = { gone: [gone('reserved', { isLost: true })], reserved };
    assert.equal(way('reserved_host', lost), 'r2');
  });

  it('says why it waits', () => {
    const reserved = [host('r1', { isReporting: false }), host('r2', { heldBy: 'another' })];
    const facts = { failedHost: 'dead', left: 2, gone: [], reserved };
    const next = decideWay({
      ...facts,
      recoveryMethod: 'reserved_host',
      waitedMs: 0,
      waitLimitMs: 1,
    });
    assert.equal(
      next.reason,
      'none of 2 reserved hosts can be used ' +
        '(1 in use for another host, 1 not reporting to Nova); ' +
        '2 instances wait for one (reserved_host)',
    );
  });
});
