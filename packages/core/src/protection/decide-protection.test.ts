/** Every branch of which instances are brought back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  decideProtection,
  type ProtectionFacts,
  type ProtectionPolicy,
} from './decide-protection.ts';

const FACTS: ProtectionFacts = {
  instanceUuid: 'i',
  vmState: 'active',
  taskState: null,
  metadata: {},
  bootsFromVolume: false,
};
const POLICY: ProtectionPolicy = {
  evacuateAllInstances: true,
  metadataKey: 'HA_Enabled',
  storage: 'shared',
};

const owner = (word: string) => ({ metadata: { HA_Enabled: word } });

const CASES: readonly {
  readonly title: string;
  readonly facts?: Partial<ProtectionFacts>;
  readonly policy?: Partial<ProtectionPolicy>;
  readonly expected: Readonly<Record<string, unknown>>;
}[] = [
  { title: 'brings back all when told so', expected: { kind: 'evacuate', rank: 1 } },
  {
    title: 'brings those back first whose owner asked for it',
    facts: owner('true'),
    expected: { kind: 'evacuate', rank: 0 },
  },
  {
    title: 'leaves those without a word of their owner when not all are evacuated',
    policy: { evacuateAllInstances: false },
    expected: { kind: 'ignore' },
  },
  {
    title: 'takes the owner’s yes without evacuating all',
    facts: owner('Yes'),
    policy: { evacuateAllInstances: false },
    expected: { kind: 'evacuate', rank: 0 },
  },
  ...['false', 'no', '0', '', 'nonsense'].map((word) => ({
    title: `takes the owner's word ${JSON.stringify(word)} as no, whatever the policy`,
    facts: owner(word),
    expected: { kind: 'ignore' },
  })),
  ...['1', 't', 'TRUE', ' on ', 'y', 'yes'].map((word) => ({
    title: `takes the owner's word ${JSON.stringify(word)} as yes`,
    facts: owner(word),
    policy: { evacuateAllInstances: false },
    expected: { kind: 'evacuate' },
  })),
  {
    title: 'reads the key that the operator named',
    facts: owner('false'),
    policy: { metadataKey: 'ha' },
    expected: { kind: 'evacuate', rank: 1 },
  },
  {
    title: 'refuses to rebuild from its image what had its disk on the host',
    policy: { storage: 'local' },
    expected: { kind: 'refuse' },
  },
  {
    title: 'brings back what boots from a volume even with local storage',
    facts: { bootsFromVolume: true },
    policy: { storage: 'local' },
    expected: { kind: 'evacuate' },
  },
  ...['stopped', 'error'].map((vmState) => ({
    title: `brings back what is ${vmState}`,
    facts: { vmState },
    expected: { kind: 'evacuate' },
  })),
  ...['paused', 'suspended', 'rescued', 'resized', 'shelved'].map((vmState) => ({
    title: `says that Nova cannot evacuate what is ${vmState}`,
    facts: { vmState },
    expected: { kind: 'refuse' },
  })),
  ...['building', 'deleted', 'soft-delete', 'shelved_offloaded'].map((vmState) => ({
    title: `has no guest to bring back for what is ${vmState}`,
    facts: { vmState, ...owner('true') },
    expected: { kind: 'ignore' },
  })),
  ...['deleting', 'soft-deleting'].map((taskState) => ({
    title: `does not bring back what is ${taskState}, whatever its owner asked for before`,
    facts: { taskState, ...owner('true') },
    expected: {
      kind: 'ignore',
      reason: 'the instance is being deleted: there is no guest to bring back',
    },
  })),
  {
    title: 'brings back what has another task, which died with the host',
    facts: { taskState: 'powering-off' },
    expected: { kind: 'evacuate' },
  },
  {
    title: 'prefers the owner’s no to a refusal',
    facts: { vmState: 'paused', ...owner('false') },
    expected: { kind: 'ignore' },
  },
];

describe('protection of an instance', () => {
  for (const { title, facts, policy, expected } of CASES) {
    it(title, () => {
      const answer = decideProtection({ ...FACTS, ...facts }, { ...POLICY, ...policy });
      assert.deepEqual({ ...answer, ...expected }, answer);
      if (answer.kind !== 'evacuate') assert.notEqual(answer.reason, '');
    });
  }
});
