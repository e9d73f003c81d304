/** What operators say about failures on living hosts becomes rules. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_RULES } from '@medevac/engine';
import { failurePolicy } from './failure-settings.ts';
import { loadSettings } from './load-settings.ts';
import { SETTING_KEYS } from './settings-table.ts';

const declared = { fencing: 'trusted', storage: 'shared' };
const policy = (options: Readonly<Record<string, string>>, text?: string) => {
  const file = text === undefined ? undefined : { path: 'm.yaml', text };
  return failurePolicy(
    loadSettings(SETTING_KEYS, { options: { ...declared, ...options }, env: {}, file }),
  );
};

describe('settings about failures on living hosts', () => {
  it('make the default rules of the engine when nothing is said', () => {
    assert.deepEqual(policy({}), DEFAULT_RULES.failures);
  });

  it('are read from a file and from options', () => {
    const text = `
instance-events: { LIFECYCLE/CRASHED_PANICKED: reboot }
process-policies: { libvirtd: disable }
instance-restart-limit: 2
`;
    const read = policy({ 'instance-ways': 'move, restart', 'process-grace': '5' }, text);
    assert.deepEqual(read.instanceEvents, { 'LIFECYCLE/CRASHED_PANICKED': 'reboot' });
    assert.deepEqual(read.processes, { 'nova-compute': 'disable', libvirtd: 'disable' });
    assert.deepEqual(
      [read.restartLimit, read.ways, read.processGraceMs],
      [2, ['restart', 'move'], 5_000],
    );
  });

  it('may leave nova-compute alone', () => {
    const read = policy({ 'process-policies': '{"nova-compute": "ignore"}' });
    assert.equal(read.processes['nova-compute'], 'ignore');
  });

  for (const [name, value, expected] of [
    ['instance-events', '{"LIFECYCLE/STOPED_FAILED": "restart"}', /no event/],
    ['instance-events', '{"LIFECYCLE/STOPPED_FAILED": "move"}', /must be one of/],
    ['process-policies', '{"sshd": "stop"}', /must be one of ignore, disable/],
    ['instance-ways', 'live', /restart, reboot, move/],
    ['instance-restart-limit', '0', /whole number from 1/],
    ['process-grace', '-1', /number of seconds/],
  ] as const) {
    it(`refuse ${name}=${value}`, () => assert.throws(() => policy({ [name]: value }), expected));
  }
});
