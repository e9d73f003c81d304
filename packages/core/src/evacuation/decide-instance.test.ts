/** Every branch of what is done next for one instance, from what Nova shows. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decideInstance,
  hasArrived,
  type InstanceFacts,
  isMigrationOpen,
  type MigrationFacts,
} from './decide-instance.ts';

type Server = NonNullable<InstanceFacts['server']>;

const LOST: Server = { host: 'dead', vmState: 'active', taskState: null };
const ARRIVED: Server = { host: 'alive', vmState: 'active', taskState: null };
const FACTS: InstanceFacts = {
  failedHost: 'dead',
  vmStateBefore: 'active',
  ranBefore: true,
  server: LOST,
  evacuations: [],
  otherOpenMigrations: [],
  writeOffs: [],
  heldBack: undefined,
  unchangedForMs: 0,
  patienceMs: 1_800_000,
};

const evacuation = (status: string, change: Partial<MigrationFacts> = {}): MigrationFacts => ({
  id: 7,
  type: 'evacuation',
  status,
  sourceHost: 'dead',
  destHost: null,
  ...change,
});

const CASES: readonly {
  readonly title: string;
  readonly facts: Partial<InstanceFacts>;
  readonly expected: Readonly<Record<string, unknown>>;
}[] = [
  { title: 'evacuates what stands untouched', facts: {}, expected: { kind: 'evacuate' } },
  {
    title: 'evacuates what has no host any more',
    facts: { server: { ...LOST, host: null } },
    expected: { kind: 'evacuate' },
  },
  {
    title: 'ends when the owner has deleted it',
    facts: { server: undefined },
    expected: { kind: 'gone' },
  },
  {
    title: 'resets a task that died with the host',
    facts: { server: { ...LOST, taskState: 'powering-off' } },
    expected: { kind: 'reset' },
  },
  {
    title: 'waits for the record of a rebuild that was just begun',
    facts: { server: { ...LOST, taskState: 'rebuilding' }, unchangedForMs: 59_999 },
    expected: { kind: 'wait' },
  },
  {
    title: 'resets a rebuild of the dead host itself, which never got a migration record',
    facts: { server: { ...LOST, taskState: 'rebuild_spawning' }, unchangedForMs: 60_000 },
    expected: { kind: 'reset' },
  },
  {
    title: 'never resets a rebuild whose evacuation is open, but waits',
    facts: {
      server: { ...LOST, taskState: 'rebuilding' },
      evacuations: [evacuation('accepted')],
      unchangedForMs: 1_799_999,
    },
    expected: { kind: 'wait' },
  },
  {
    title: 'waits for an open evacuation although a newer one has failed',
    facts: {
      server: { ...LOST, taskState: 'rebuild_spawning' },
      evacuations: [evacuation('failed', { id: 8 }), evacuation('pre-migrating')],
    },
    expected: { kind: 'wait' },
  },
  {
    title: 'does not call an instance back while an older evacuation of it is open',
    facts: {
      server: ARRIVED,
      evacuations: [evacuation('failed', { id: 8 }), evacuation('accepted')],
    },
    expected: { kind: 'wait' },
  },
  {
    title:
      'waits for the instance of an evacuation that has arrived although a newer one has failed',
    facts: { evacuations: [evacuation('failed', { id: 8 }), evacuation('done')] },
    expected: { kind: 'wait' },
  },
  {
    title: 'gives a stuck evacuation up as stuck, still without a reset',
    facts: {
      server: { ...LOST, taskState: 'rebuilding' },
      evacuations: [evacuation('pre-migrating', { destHost: 'alive' })],
      unchangedForMs: 1_800_000,
    },
    expected: { kind: 'give-up' },
  },
  {
    title: 'waits while it may still run on the destination of a live migration',
    facts: {
      otherOpenMigrations: [
        evacuation('running', { type: 'live-migration', destHost: 'other', id: 3 }),
      ],
    },
    expected: { kind: 'wait' },
  },
  {
    title: 'waits while it may still run on the source of a migration towards the dead host',
    facts: {
      otherOpenMigrations: [
        evacuation('running', { type: 'live-migration', sourceHost: 'other', destHost: 'dead' }),
      ],
    },
    expected: { kind: 'wait' },
  },
  {
    title: 'waits for an evacuation that somebody else began, even without a destination',
    facts: { otherOpenMigrations: [evacuation('accepted', { id: 3 })] },
    expected: { kind: 'wait' },
  },
  {
    title: 'is not kept back by a migration that names no other host',
    facts: { otherOpenMigrations: [evacuation('queued', { type: 'migration', id: 3 })] },
    expected: { kind: 'evacuate' },
  },
  {
    title: 'waits when the record has arrived and the instance has not',
    facts: { evacuations: [evacuation('done', { destHost: 'alive' })] },
    expected: { kind: 'wait' },
  },
  {
    title: 'tries for room again after a reset when no host had any',
    facts: { server: { ...LOST, vmState: 'error' }, evacuations: [evacuation('error')] },
    expected: { kind: 'retry', next: 'reset', failures: 1, forCapacity: true },
  },
  {
    title: 'tries another destination when a claim failed there',
    facts: { evacuations: [evacuation('failed', { destHost: 'alive' })] },
    expected: { kind: 'retry', next: 'evacuate', failures: 1, forCapacity: false },
  },
  {
    title: 'resets first when the rebuild broke',
    facts: {
      server: { ...LOST, vmState: 'error' },
      evacuations: [evacuation('failed', { destHost: 'alive' })],
    },
    expected: { kind: 'retry', next: 'reset', forCapacity: false },
  },
  {
    title: 'resets a task that a failed evacuation left behind',
    facts: {
      server: { ...LOST, taskState: 'rebuilding' },
      evacuations: [evacuation('failed')],
    },
    expected: { kind: 'retry', next: 'reset' },
  },
  {
    title: 'does not reset an error that the owner had before',
    facts: {
      vmStateBefore: 'error',
      server: { ...LOST, vmState: 'error' },
      evacuations: [evacuation('failed')],
    },
    expected: { kind: 'retry', next: 'evacuate' },
  },
  {
    title: 'counts the failures of all its evacuations',
    facts: { evacuations: [evacuation('failed', { id: 9 }), evacuation('error', { id: 8 })] },
    expected: { kind: 'retry', failures: 2 },
  },
  {
    title: 'is recovered where it arrived',
    facts: { server: ARRIVED, evacuations: [evacuation('done', { destHost: 'alive' })] },
    expected: { kind: 'recovered', destHost: 'alive' },
  },
  {
    title: 'is recovered as well when the returning source has cleaned up',
    facts: { server: ARRIVED, evacuations: [evacuation('completed', { destHost: 'alive' })] },
    expected: { kind: 'recovered' },
  },
  {
    title: 'waits for the record when the instance has arrived first',
    facts: { server: ARRIVED, evacuations: [evacuation('pre-migrating')] },
    expected: { kind: 'wait' },
  },
  {
    title: 'waits for a task on the new host',
    facts: {
      server: { ...ARRIVED, taskState: 'powering-off' },
      evacuations: [evacuation('done')],
    },
    expected: { kind: 'wait' },
  },
  {
    title: 'stops again what was stopped before',
    facts: { vmStateBefore: 'stopped', server: ARRIVED, evacuations: [evacuation('done')] },
    expected: { kind: 'restore', by: 'stop' },
  },
  {
    title: 'is recovered when it is stopped as before',
    facts: {
      vmStateBefore: 'stopped',
      server: { ...ARRIVED, vmState: 'stopped' },
      evacuations: [evacuation('done')],
    },
    expected: { kind: 'recovered' },
  },
  {
    title: 'gives up what is in error on the new host',
    facts: { server: { ...ARRIVED, vmState: 'error' }, evacuations: [evacuation('done')] },
    expected: { kind: 'give-up' },
  },
  {
    title: 'takes an error that was there before as recovered',
    facts: {
      vmStateBefore: 'error',
      server: { ...ARRIVED, vmState: 'error' },
      evacuations: [evacuation('done')],
    },
    expected: { kind: 'recovered' },
  },
  ...(['pause', 'suspend', 'rescue'] as const).map((by) => ({
    title: `puts back to ${by} what had that state before, once`,
    facts: {
      vmStateBefore: { pause: 'paused', suspend: 'suspended', rescue: 'rescued' }[by],
      server: ARRIVED,
      evacuations: [evacuation('done')],
    },
    expected: { kind: 'restore', by },
  })),
  {
    title: 'is recovered when it is paused as before',
    facts: {
      vmStateBefore: 'paused',
      server: { ...ARRIVED, vmState: 'paused' },
      evacuations: [evacuation('done')],
    },
    expected: { kind: 'recovered' },
  },
  {
    title: 'puts back to error what was in error and ran',
    facts: { vmStateBefore: 'error', server: ARRIVED, evacuations: [evacuation('done')] },
    expected: { kind: 'restore', by: 'error' },
  },
  {
    title: 'stops what was in error and did not run',
    facts: {
      vmStateBefore: 'error',
      ranBefore: false,
      server: ARRIVED,
      evacuations: [evacuation('done')],
    },
    expected: { kind: 'restore', by: 'stop' },
  },
  {
    title: 'puts back to error what was stopped for it',
    facts: {
      vmStateBefore: 'error',
      ranBefore: false,
      server: { ...ARRIVED, vmState: 'stopped' },
      evacuations: [evacuation('done')],
    },
    expected: { kind: 'restore', by: 'error' },
  },
  {
    title: 'resets first what Nova does not evacuate in its state',
    facts: { vmStateBefore: 'paused', server: { ...LOST, vmState: 'paused' } },
    expected: { kind: 'reset' },
  },
  {
    title: 'leaves what its owner has soft-deleted meanwhile',
    facts: { server: { ...LOST, vmState: 'soft-delete' } },
    expected: { kind: 'gone' },
  },
  {
    title: 'gives up what waits for the end of a resize',
    facts: { server: { ...LOST, vmState: 'resized' } },
    expected: { kind: 'give-up' },
  },
  {
    title: 'leaves alone what somebody else has moved',
    facts: { server: ARRIVED },
    expected: { kind: 'gone' },
  },
];

describe('next action for an instance', () => {
  for (const { title, facts, expected } of CASES) {
    it(title, () => {
      const action = decideInstance({ ...FACTS, ...facts });
      assert.deepEqual({ ...action, ...expected }, action);
    });
  }

  const migration: fc.Arbitrary<MigrationFacts> = fc.record({
    id: fc.nat(100),
    type: fc.constantFrom('evacuation', 'live-migration', 'migration'),
    status: fc.constantFrom('accepted', 'pre-migrating', 'done', 'completed', 'error', 'failed'),
    sourceHost: fc.constantFrom('dead', 'other', null),
    destHost: fc.constantFrom('dead', 'alive', null),
  });
  const facts = fc.record({
    failedHost: fc.constant('dead'),
    vmStateBefore: fc.constantFrom('active', 'stopped', 'error', 'paused'),
    ranBefore: fc.boolean(),
    server: fc.option(
      fc.record({
        host: fc.constantFrom('dead', 'alive', null),
        vmState: fc.constantFrom('active', 'stopped', 'error'),
        taskState: fc.constantFrom(null, 'rebuilding', 'powering-off'),
      }),
      { nil: undefined },
    ),
    evacuations: fc.array(migration, { maxLength: 3 }),
    otherOpenMigrations: fc.array(migration.filter(isMigrationOpen), { maxLength: 2 }),
    writeOffs: fc.constant([]),
    heldBack: fc.constant(undefined),
    unchangedForMs: fc.nat(4_000_000),
    patienceMs: fc.constant(1_800_000),
  });

  it('never acts while an evacuation is open or after it has arrived', () => {
    fc.assert(
      fc.property(facts, (one) => {
        const [latest] = one.evacuations;
        const isBusy = latest !== undefined && (isMigrationOpen(latest) || hasArrived(latest));
        const { kind } = decideInstance(one);
        return !isBusy || !['evacuate', 'reset', 'retry'].includes(kind);
      }),
      { numRuns: 2_000 },
    );
  });

  it('starts nothing for an instance that may run on a host not known to be dead', () => {
    fc.assert(
      fc.property(facts, (one) => {
        const isElsewhere = one.server?.host === 'alive';
        const hasStranger = one.otherOpenMigrations.some(
          ({ type, sourceHost, destHost }) =>
            type === 'evacuation' ||
            [sourceHost, destHost].some((host) => host !== null && host !== 'dead'),
        );
        const { kind } = decideInstance(one);
        return !(isElsewhere || hasStranger) || !['evacuate', 'reset', 'retry'].includes(kind);
      }),
      { numRuns: 2_000 },
    );
  });

  it('waits no longer than its patience for what does not move', () => {
    fc.assert(
      fc.property(facts, (one) => {
        const action = decideInstance({ ...one, unchangedForMs: one.patienceMs });
        return action.kind !== 'wait';
      }),
      { numRuns: 2_000 },
    );
  });
});
