/** What operators say about the pace of recoveries becomes rules. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_RULES } from '@medevac/engine';
import { loadSettings } from './load-settings.ts';
import { paceRules } from './pace-settings.ts';
import { SETTING_KEYS } from './settings-table.ts';

const declared = { fencing: 'trusted', storage: 'shared' };
const rules = (options: Readonly<Record<string, string>>) =>
  paceRules(
    loadSettings(SETTING_KEYS, { options: { ...declared, ...options }, env: {}, file: undefined }),
  );

describe('settings about the pace', () => {
  it('make the default rules of the engine when nothing is said', () => {
    assert.deepEqual(rules({}), DEFAULT_RULES.pace);
  });

  it('C2: bound what is asked of the cloud, of a segment, of a destination and of nova-api', () => {
    const given = {
      'open-evacuations': '40',
      'open-evacuations-per-segment': '20',
      'open-evacuations-per-destination': '8',
      'evacuate-calls': '4',
    };
    const wanted = { openPerCloud: 40, openPerSegment: 20, openPerDestination: 8, calls: 4 };
    assert.deepEqual(rules(given), wanted);
  });

  it('let at least one through', () => {
    assert.throws(() => rules({ 'open-evacuations': '0' }), /whole number from 1 to 10000/);
  });
});
