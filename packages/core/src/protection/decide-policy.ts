/**
 * What is wanted for an instance, and who has said so. Rules are asked in the order of the table;
 * the first one that has an answer counts, also when it is no.
 *
 * | rule | whose word |
 * | --- | --- |
 * | exclusion | the operator's: another service looks after such instances |
 * | override | the operator's, for one instance |
 * | `medevac:policy` | the owner's, in the metadata |
 * | `HA_Enabled` | the owner's, as for Masakari: true or false |
 * | tag | the owner's server tag |
 * | evacuable | whoever made the flavor or the image |
 * | project | the operator's, for a project |
 * | default | the operator's: for the segment, or for all of them |
 */

/** What is wanted when the host fails, and when the instance fails on a living host. */
export const HaPolicy = {
  /** Brought up elsewhere; after a failure of its own started again, and moved if that fails. */
  evacuate: 'evacuate',
  /** Never moved; started again where it is: at once, or when its host is back. */
  restart: 'restart',
  /** Never moved and left off after any failure. */
  stop: 'stop',
  /** Not touched by us at all. */
  never: 'never',
} as const;
export type HaPolicy = (typeof HaPolicy)[keyof typeof HaPolicy];

export interface PolicyFacts {
  readonly instanceUuid: string;
  readonly name: string;
  readonly projectId: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly flavorExtraSpecs: Readonly<Record<string, string>>;
  /** `undefined`: it boots from a volume, or the image is not known. */
  readonly imageProperties: Readonly<Record<string, string>> | undefined;
}

/** All conditions that are given must hold. */
export interface Exclusion {
  readonly name: string;
  /** A `*` stands for any text. */
  readonly instanceName?: string;
  readonly projectId?: string;
  readonly tag?: string;
  /** `key` or `key=value`. */
  readonly metadata?: string;
}

export interface PolicyRules {
  readonly exclusions: readonly Exclusion[];
  readonly overrides: Readonly<Record<string, HaPolicy>>;
  /** Metadata key of Masakari's yes or no. */
  readonly metadataKey: string;
  readonly tag: string;
  /** Trait of Red Hat's Instance HA, on a flavor's extra specs or an image. */
  readonly evacuableKey: string;
  readonly projects: Readonly<Record<string, HaPolicy>>;
  /** The operator's, for the segment of the host; in place of `evacuateAllInstances`. */
  readonly segmentPolicy?: HaPolicy;
  /** Instances of which no rule says anything are evacuated too. */
  readonly evacuateAllInstances: boolean;
}

export interface PolicyAnswer {
  readonly policy: HaPolicy;
  /** An owner or operator has asked for it in so many words; such instances come first. */
  readonly isAsked: boolean;
  /** The rule that answered, as a sentence about the instance. */
  readonly reason: string;
}

export const POLICY_KEY = 'medevac:policy';

/** Octavia replaces its amphorae itself: bringing them back beside that breaks load balancers. */
export const DEFAULT_EXCLUSIONS: readonly Exclusion[] = [
  { name: 'octavia-amphorae', instanceName: 'amphora-????????-????-????-????-????????????' },
];

export const DEFAULT_POLICY_RULES: PolicyRules = {
  exclusions: DEFAULT_EXCLUSIONS,
  overrides: {},
  metadataKey: 'HA_Enabled',
  tag: 'automatic-recovery',
  evacuableKey: 'evacuable',
  projects: {},
  evacuateAllInstances: true,
};

const YES: ReadonlySet<string> = new Set(['1', 't', 'true', 'on', 'y', 'yes']);
const isYes = (text: string): boolean => YES.has(text.trim().toLowerCase());

type Rule = (facts: PolicyFacts, rules: PolicyRules) => PolicyAnswer | undefined;

const asked = (policy: HaPolicy, reason: string): PolicyAnswer => ({
  policy,
  isAsked: policy !== HaPolicy.never,
  reason,
});

const CHAIN: readonly Rule[] = [
  (facts, rules) => {
    const found = rules.exclusions.find((one) => isExcluded(facts, one));
    const reason = `the exclusion ${found?.name} covers it`;
    return found && { policy: HaPolicy.never, isAsked: false, reason };
  },
  ({ instanceUuid }, { overrides }) => {
    const policy = overrides[instanceUuid];
    return policy && asked(policy, `an operator has set ${policy} for it`);
  },
  ({ metadata }) => {
    const word = metadata[POLICY_KEY];
    const policy = word === undefined ? undefined : readHaPolicy(word);
    return policy && asked(policy, `its metadata ${POLICY_KEY} is ${word}`);
  },
  ({ metadata }, { metadataKey }) => {
    const word = metadata[metadataKey];
    if (word === undefined) return undefined;
    const policy = isYes(word) ? HaPolicy.evacuate : HaPolicy.never;
    return asked(policy, `its metadata ${metadataKey} is ${word}`);
  },
  ({ tags }, { tag }) =>
    tags.includes(tag) ? asked(HaPolicy.evacuate, `it has the tag ${tag}`) : undefined,
  ({ flavorExtraSpecs, imageProperties }, { evacuableKey }) => {
    const onFlavor = flavorExtraSpecs[evacuableKey];
    const word = onFlavor ?? imageProperties?.[evacuableKey];
    if (word === undefined) return undefined;
    const where = onFlavor === undefined ? 'image' : 'flavor';
    const policy = isYes(word) ? HaPolicy.evacuate : HaPolicy.never;
    return asked(policy, `${evacuableKey} of its ${where} is ${word}`);
  },
  ({ projectId }, { projects }) => {
    const policy = projects[projectId];
    const reason = `the policy of its project ${projectId} is ${policy}`;
    return policy && { policy, isAsked: false, reason };
  },
  (_facts, { segmentPolicy: policy }) =>
    policy && { policy, isAsked: false, reason: `the policy of its segment is ${policy}` },
];

export function decidePolicy(facts: PolicyFacts, rules: PolicyRules): PolicyAnswer {
  for (const rule of CHAIN) {
    const answer = rule(facts, rules);
    if (answer !== undefined) return answer;
  }
  if (rules.evacuateAllInstances) {
    return { policy: HaPolicy.evacuate, isAsked: false, reason: 'all instances are evacuated' };
  }
  const reason = `it has no metadata ${rules.metadataKey}, and not all instances are evacuated`;
  return { policy: HaPolicy.never, isAsked: false, reason };
}

/** Whether the instance is evacuated if its image says what it can say. */
export const mayBeEvacuated = (facts: PolicyFacts, rules: PolicyRules): boolean =>
  [undefined, 'true'].some((word) => {
    const imageProperties = word === undefined ? undefined : { [rules.evacuableKey]: word };
    return decidePolicy({ ...facts, imageProperties }, rules).policy === HaPolicy.evacuate;
  });

/** A policy by its name; `undefined` for any other text: then the next rule is asked. */
export function readHaPolicy(text: string): HaPolicy | undefined {
  const word = text.trim().toLowerCase();
  return Object.values(HaPolicy).find((one) => one === word);
}

/** An exclusion without a condition covers nothing. */
function isExcluded(facts: PolicyFacts, exclusion: Exclusion): boolean {
  const { instanceName, projectId, tag, metadata } = exclusion;
  const holds = [
    instanceName === undefined ? undefined : matches(facts.name, instanceName),
    projectId === undefined ? undefined : facts.projectId === projectId,
    tag === undefined ? undefined : facts.tags.includes(tag),
    metadata === undefined ? undefined : hasMetadata(facts.metadata, metadata),
  ].filter((one) => one !== undefined);
  return holds.length > 0 && holds.every(Boolean);
}

/** `*` stands for any text, `?` for one character. */
function matches(text: string, pattern: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  const expression = escaped.replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}

function hasMetadata(metadata: Readonly<Record<string, string>>, wanted: string): boolean {
  const [key = '', ...value] = wanted.split('=');
  const found = metadata[key];
  return found !== undefined && (value.length === 0 || found === value.join('='));
}
