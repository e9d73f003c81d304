/** Every branch of which instances are brought back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEFAULT_POLICY_RULES } from './decide-policy.ts';
import {
  decideProtection,
  type ProtectionFacts,
  type ProtectionRules,
} from './decide-protection.ts';

const FACTS: ProtectionFacts = {
  instanceUuid: 'i',
  name: 'vm',
  projectId: 'p',
  vmState: 'active',
  taskState: null,
  metadata: {},
  tags: [],
  flavorExtraSpecs: {},
  imageProperties: undefined,
  bootsFromVolume: false,
};
const RULES: ProtectionRules = {
  ...DEFAULT_POLICY_RULES,
  storage: 'shared',
  rebuildsLocalDisks: false,
  leavesErrorInstances: false,
};

const owner = (word: string) => ({ metadata: { HA_Enabled: word } });

const CASES: readonly {
  readonly title: string;
  readonly facts?: Partial<ProtectionFacts>;
  readonly rules?: Partial<ProtectionRules>;
  readonly expected: Readonly<Record<string, unknown>>;
}[] = [
  { title: 'brings back all when told so', expected: { kind: 'evacuate', isAsked: false } },
  {
    title: 'brings those back first whose owner asked for it',
    facts: owner('true'),
    expected: { kind: 'evacuate', isAsked: true },
  },
  {
    title: 'leaves those without a word of their owner when not all are evacuated',
    rules: { evacuateAllInstances: false },
    expected: { kind: 'ignore' },
  },
  {
    title: 'takes the owner’s yes without evacuating all',
    facts: owner('Yes'),
    rules: { evacuateAllInstances: false },
    expected: { kind: 'evacuate', isAsked: true },
  },
  ...['false', 'no', '0', '', 'nonsense'].map((word) => ({
    title: `takes the owner's word ${JSON.stringify(word)} as no, whatever the policy`,
    facts: owner(word),
    expected: { kind: 'ignore' },
  })),
  ...['1', 't', 'TRUE', ' on ', 'y', 'yes'].map((word) => ({
    title: `takes the owner's word ${JSON.stringify(word)} as yes`,
    facts: owner(word),
    rules: { evacuateAllInstances: false },
    expected: { kind: 'evacuate' },
  })),
  {
    title: 'reads the key that the operator named',
    facts: owner('false'),
    rules: { metadataKey: 'ha' },
    expected: { kind: 'evacuate', isAsked: false },
  },
  {
    title: 'refuses to rebuild from its image what had its disk on the host',
    rules: { storage: 'local' },
    expected: { kind: 'refuse' },
  },
  {
    title: 'brings back what boots from a volume even with local storage',
    facts: { bootsFromVolume: true },
    rules: { storage: 'local' },
    expected: { kind: 'evacuate' },
  },
  ...['stopped', 'error'].map((vmState) => ({
    title: `brings back what is ${vmState}`,
    facts: { vmState },
    expected: { kind: 'evacuate' },
  })),
  ...['paused', 'suspended', 'rescued'].map((vmState) => ({
    title: `brings back what is ${vmState}`,
    facts: { vmState },
    expected: { kind: 'evacuate' },
  })),
  ...['resized', 'something-new'].map((vmState) => ({
    title: `refuses what is ${vmState}`,
    facts: { vmState },
    expected: { kind: 'refuse' },
  })),
  {
    title: 'rebuilds local disks only when the operator accepts the loss',
    rules: { storage: 'local', rebuildsLocalDisks: true },
    expected: { kind: 'evacuate' },
  },
  ...['building', 'shelved', 'deleted', 'soft-delete', 'shelved_offloaded'].map((vmState) => ({
    title: `has no guest to bring back for what is ${vmState}`,
    facts: { vmState, ...owner('true') },
    expected: { kind: 'ignore' },
  })),
  ...['deleting', 'soft-deleting'].map((taskState) => ({
    title: `does not bring back what is ${taskState}, whatever its owner asked for before`,
    facts: { taskState, ...owner('true') },
    expected: {
      kind: 'ignore',
      reason: `the instance is ${taskState}: it needs no guest any more`,
    },
  })),
  {
    title: 'brings back what has another task, which died with the host',
    facts: { taskState: 'powering-off' },
    expected: { kind: 'evacuate' },
  },
  {
    title: 'prefers the owner’s no to a refusal',
    facts: { vmState: 'resized', ...owner('false') },
    expected: { kind: 'ignore' },
  },
];

describe('protection of an instance', () => {
  for (const { title, facts, rules, expected } of CASES) {
    it(title, () => {
      const answer = decideProtection({ ...FACTS, ...facts }, { ...RULES, ...rules });
      assert.deepEqual({ ...answer, ...expected }, answer);
      if (answer.kind !== 'evacuate') assert.notEqual(answer.reason, '');
    });
  }
});
