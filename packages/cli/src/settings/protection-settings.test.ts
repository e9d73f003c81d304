/** What operators say about instances becomes rules, from a file, from text and by default. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_RULES } from '@medevac/engine';
import { loadSettings } from './load-settings.ts';
import { protectionRules } from './protection-settings.ts';
import { SETTING_KEYS } from './settings-table.ts';

const declared = { fencing: 'trusted', storage: 'shared' };

function rules(options: Readonly<Record<string, string>>, text?: string) {
  const file = text === undefined ? undefined : { path: 'm.yaml', text };
  const settings = loadSettings(SETTING_KEYS, {
    options: { ...declared, ...options },
    env: {},
    file,
  });
  return protectionRules(settings);
}

describe('settings about instances', () => {
  it('make the default rules of the engine when nothing is said', () => {
    assert.deepEqual({ ...DEFAULT_RULES, ...rules({}) }, { ...DEFAULT_RULES, storage: 'shared' });
  });

  it('are read from a file as lists and mappings', () => {
    const text = `
exclusions:
  - name: workers of the balancer
    project: p1
    instance-name: lb-*
instance-policies: { i1: never }
project-policies: { p2: stop }
instance-priorities: { i1: 10 }
project-priorities: { p2: 0 }
tenant-priorities: 2-8
default-priority: 4
ignore-error-instances: true
rebuild-local-disks: true
ha-tag: ha
evacuable-key: movable
`;
    const read = rules({}, text);
    const name = 'workers of the balancer';
    assert.deepEqual(read.exclusions, [{ name, projectId: 'p1', instanceName: 'lb-*' }]);
    assert.deepEqual(read.overrides, { i1: 'never' });
    assert.deepEqual(read.projects, { p2: 'stop' });
    assert.deepEqual(read.priorities, {
      ...{ defaultPriority: 4, tenantLeast: 2, tenantMost: 8 },
      ...{ instances: { i1: 10 }, projects: { p2: 0 } },
    });
    const { leavesErrorInstances, rebuildsLocalDisks, tag, evacuableKey } = read;
    assert.deepEqual(
      [leavesErrorInstances, rebuildsLocalDisks, tag, evacuableKey],
      [true, true, 'ha', 'movable'],
    );
  });

  it('are read from an option as the same in one line', () => {
    const { exclusions, overrides } = rules({
      exclusions: '[{"tag": "left-alone"}]',
      'instance-policies': '{i1: Restart}',
    });
    assert.deepEqual(exclusions, [{ name: 'exclusion-1', tag: 'left-alone' }]);
    assert.deepEqual(overrides, { i1: 'restart' });
  });

  it('take an empty list for no exclusion at all', () => {
    assert.deepEqual(rules({}, 'exclusions: []').exclusions, []);
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['exclusions', '{tag: a}', /it must be a list of exclusions/],
    ['exclusions', '[{}]', /exclusion 1 has no condition: instance-name, project, tag, metadata/],
    ['exclusions', '[{tag: a}, {image: b}]', /exclusion 2 has image, none of instance-name/],
    ['instance-policies', '{i1: move}', /i1 in it is "move" and must be one of evacuate, restart/],
    ['project-priorities', '{p: 11}', /p in it is 11 and must be a whole number from 0 to 10/],
    ['instance-priorities', '[1]', /it must be a mapping to a whole number from 0 to 10/],
    ['instance-policies', '{', /it must be YAML or JSON/],
    ['default-priority', '11', /it must be a whole number from 0 to 10/],
    ['tenant-priorities', '8-2', /it must be LEAST-MOST/],
    ['tenant-priorities', '5', /it must be LEAST-MOST/],
  ];
  for (const [name, value, message] of wrong) {
    it(`refuse ${name} ${value} and name what is wrong`, () => {
      assert.throws(() => rules({ [name]: value }), message);
    });
  }

  it('keep refusing a list where a plain value belongs', () => {
    assert.throws(() => rules({}, 'ha-tag: [a]'), /m\.yaml: ha-tag must be a plain value/);
  });
});
