/** The device that switches nothing and takes the reporter's word. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isConfirmationValid } from '@medevac/core';
import type { HostName, IncidentId } from '@medevac/kernel';
import { trustedReports } from './trusted-reports.ts';

describe('trusted reports', () => {
  it("confirm with the newest report's word, void at a later sign of life", async () => {
    const target = {
      host: 'compute-1' as HostName,
      incident: 'incident' as IncidentId,
      report: { evidenceId: 7, by: 'pacemaker' },
      command: () => Promise.reject(new Error('trusted reports switch nothing')),
    };
    const outcome = await trustedReports.fence(target, new AbortController().signal);
    assert.deepEqual(outcome, {
      kind: 'confirmed',
      confirmation: { kind: 'off', basis: 'trusted_report', by: 'pacemaker', evidenceId: 7 },
    });
    assert.ok(outcome.kind === 'confirmed');
    assert.equal(isConfirmationValid(outcome.confirmation, 6), true);
    assert.equal(isConfirmationValid(outcome.confirmation, 8), false);
  });
});
