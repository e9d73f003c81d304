/** Every branch of the verdict over one host. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decideHost, type HostFacts, isReportValid } from './decide-host.ts';

const SILENT: HostFacts = {
  host: 'compute-1',
  service: 'seen',
  silentForMs: 11_000,
  silenceNeededMs: 11_000,
  lastFailureReport: 5,
  lastSignOfLife: undefined,
  segmentEnabled: true,
  onMaintenance: false,
  recoveryMethod: 'auto',
  paused: null,
  heldForMs: 0,
  limits: { contradictionMs: 600_000, heldMs: 86_400_000, pausedMs: 604_800_000 },
};

const CASES: readonly {
  readonly title: string;
  readonly facts: Partial<HostFacts>;
  readonly expected: Readonly<Record<string, unknown>>;
}[] = [
  {
    title: 'is dead once it has been silent for as long as needed',
    facts: {},
    expected: { kind: 'failed', how: 'dead' },
  },
  {
    title: 'is held by the pause of an operator, who is named, before any other reason',
    facts: {
      paused: { by: 'alice', note: 'rack work', forMs: 604_799_999 },
      lastSignOfLife: 6,
      heldForMs: 1e9,
    },
    expected: {
      kind: 'held',
      guard: 'paused',
      recheckAfterMs: 1_000,
      reason:
        'the recovery of compute-1 was paused by alice (rack work); resume it to let it go on',
    },
  },
  {
    title: 'ends when nobody resumes it, and says so',
    facts: { paused: { by: 'alice', note: null, forMs: 604_800_000 } },
    expected: {
      kind: 'expired',
      guard: 'paused',
      reason:
        'the recovery of compute-1 was paused by alice; resume it to let it go on; ' +
        'nobody resumed it',
    },
  },
  {
    title: 'is suspect for exactly the time that is missing',
    facts: { silentForMs: 10_999 },
    expected: { kind: 'suspect', recheckAfterMs: 1 },
  },
  {
    title: 'is dead when the sign of life is older than the newest report',
    facts: { lastSignOfLife: 4 },
    expected: { kind: 'failed' },
  },
  {
    title: 'is held by the contradiction when it lived after the newest report, however silent now',
    facts: { lastSignOfLife: 6, silentForMs: 1e9 },
    expected: { kind: 'held', guard: 'contradiction', recheckAfterMs: 1_000 },
  },
  {
    title: 'is held while a contradiction is younger than its limit',
    facts: { lastSignOfLife: 6, heldForMs: 599_999 },
    expected: { kind: 'held', guard: 'contradiction' },
  },
  {
    title: 'is healthy when nobody repeated a contradicted report in time',
    facts: { lastSignOfLife: 6, heldForMs: 600_000 },
    expected: { kind: 'healthy' },
  },
  {
    title: 'is held when Nova knows no service of the name',
    facts: { service: 'missing' },
    expected: { kind: 'held', guard: 'service_unknown' },
  },
  {
    title: 'is held while the cell cannot be seen, even after a sign of life',
    facts: { service: 'unseen', lastSignOfLife: 6 },
    expected: { kind: 'held', guard: 'cell_unseen' },
  },
  {
    title: 'is held while its segment is disabled',
    facts: { segmentEnabled: false },
    expected: { kind: 'held', guard: 'segment_disabled' },
  },
  {
    title: 'is held while it is on maintenance',
    facts: { onMaintenance: true },
    expected: { kind: 'held', guard: 'maintenance' },
  },
  {
    title: 'is held under a recovery method that this release does not have',
    facts: { recoveryMethod: 'by_hand' },
    expected: { kind: 'held', guard: 'recovery_method' },
  },
  {
    title: 'names the contradiction before the guards of the operator',
    facts: { lastSignOfLife: 6, segmentEnabled: false, onMaintenance: true },
    expected: { kind: 'held', guard: 'contradiction' },
  },
  {
    title: 'expires when any other guard has held it for too long',
    facts: { onMaintenance: true, heldForMs: 86_400_000 },
    expected: { kind: 'expired', guard: 'maintenance' },
  },
];

describe('verdict over a host', () => {
  for (const { title, facts, expected } of CASES) {
    it(title, () => {
      const verdict = decideHost({ ...SILENT, ...facts });
      assert.deepEqual({ ...verdict, ...expected }, verdict);
      assert.match(verdict.reason, /compute-1|recovery method/);
    });
  }

  it('declares nobody dead who was not silent, not seen, contradicted or behind a guard', () => {
    const facts = fc.record({
      host: fc.constant('h'),
      service: fc.constantFrom('seen' as const, 'unseen' as const, 'missing' as const),
      silentForMs: fc.nat(30_000),
      silenceNeededMs: fc.nat(30_000),
      lastFailureReport: fc.nat(10),
      lastSignOfLife: fc.option(fc.nat(10), { nil: undefined }),
      segmentEnabled: fc.boolean(),
      onMaintenance: fc.boolean(),
      recoveryMethod: fc.constantFrom('auto', 'by_hand'),
      paused: fc.option(fc.record({ by: fc.string(), note: fc.constant(null), forMs: fc.nat() })),
      heldForMs: fc.nat(100_000_000),
      limits: fc.constant(SILENT.limits),
    });
    fc.assert(
      fc.property(facts, (one) => {
        const mayBeDead =
          one.service === 'seen' &&
          one.silentForMs >= one.silenceNeededMs &&
          isReportValid(one) &&
          one.segmentEnabled &&
          !one.onMaintenance &&
          one.paused === null &&
          one.recoveryMethod === 'auto';
        return (decideHost(one).kind === 'failed') === mayBeDead;
      }),
      { numRuns: 1_000 },
    );
  });
});
