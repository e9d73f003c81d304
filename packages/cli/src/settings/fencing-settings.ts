/** Settings of what counts as proof that a host is off, beside its fence devices. */
import {
  type ConfirmationKind,
  type DemandedElement,
  faultOfProofSet,
  ProofElement,
  type ProofSet,
} from '@medevac/core';
import { isMapping, parseYaml } from './read-structure.ts';
import type { ReadText } from './read-text.ts';
import type { Setting } from './settings-table.ts';

const ELEMENTS = Object.values(ProofElement);
const KINDS: readonly ConfirmationKind[] = ['off', 'reset'];
/** What something of this release sees: an element that nobody sees would never hold. */
const SEEN: readonly ProofElement[] = [ProofElement.watchdogElapsed];
const LONGEST_SECONDS = 86_400;
/** An element that was seen longer ago than this holds no more, unless the set says otherwise. */
const WITHIN_SECONDS = 30;

const proofSets: ReadText<readonly ProofSet[]> = (text) => {
  const given = parseYaml(text) ?? [];
  if (!Array.isArray(given)) throw new Error('it must be a list of proof sets');
  const sets = given.map((one: unknown, index) => readProofSet(one, `proof set ${index + 1}`));
  const twice = sets.find(({ name }, index) => sets.findIndex((one) => one.name === name) < index);
  if (twice !== undefined) throw new Error(`two proof sets have the name ${twice.name}`);
  return sets;
};

function readProofSet(given: unknown, what: string): ProofSet {
  const form = 'a mapping with name, kind and elements';
  if (!isMapping(given)) throw new Error(`${what} must be ${form}`);
  const { name, kind = 'reset', elements, ...others } = given;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw new Error(`${what} has ${unknown}, and must be ${form}`);
  if (typeof name !== 'string' || name === '') throw new Error(`${what} needs a name`);
  const known = KINDS.find((one) => one === kind);
  if (known === undefined) {
    throw new Error(
      `${what} has the kind ${String(kind)}, which must be one of ${KINDS.join(', ')}`,
    );
  }
  if (!Array.isArray(elements)) throw new Error(`${what} needs a list of elements`);
  const set = { name, kind: known, elements: elements.map((one) => readElement(one, what)) };
  const fault = faultOfProofSet(set);
  if (fault !== undefined) throw new Error(fault);
  const unseen = set.elements.find(({ element }) => !SEEN.includes(element));
  if (unseen === undefined) return set;
  throw new Error(
    `the proof set ${name} needs ${unseen.element}, which nothing in this release sees, so that ` +
      `it would never be proven; what is seen: ${SEEN.join(', ')}`,
  );
}

function readElement(given: unknown, what: string): DemandedElement {
  if (!isMapping(given)) throw new Error(`an element of ${what} must be a mapping with element`);
  const { element, for: held = 0, within = WITHIN_SECONDS, ...others } = given;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) {
    throw new Error(`an element of ${what} has ${unknown}, none of element, for and within`);
  }
  const known = ELEMENTS.find((one) => one === element);
  if (known === undefined) {
    throw new Error(
      `${what} names ${String(element)}, which must be one of ${ELEMENTS.join(', ')}`,
    );
  }
  const forMs = secondsOf(held, `${known} of ${what}`);
  if (known === ProofElement.watchdogElapsed && forMs === 0) {
    throw new Error(`${known} of ${what} needs the time of the watchdog and its margin under for`);
  }
  return { element: known, forMs, withinMs: secondsOf(within, `${known} of ${what}`) };
}

function secondsOf(given: unknown, what: string): number {
  const isRight = typeof given === 'number' && given >= 0 && given <= LONGEST_SECONDS;
  if (isRight) return Math.round(given * 1000);
  throw new Error(
    `${what} has ${String(given)}, which must be seconds from 0 to ${LONGEST_SECONDS}`,
  );
}

export const FENCING_SETTINGS = {
  fencingProofSets: {
    name: 'fencing-proof-sets',
    value: 'YAML',
    help:
      'list of proof sets: several signs that together are proof that the guests of a host are ' +
      'dead, for hosts that lose their power with their BMC; each with a name, its kind (reset ' +
      'or off) and elements, of which each has the seconds that it must have held (for) and ' +
      'within which it must have been seen (within); docs/reference/confirmations.md has them all',
    read: proofSets,
    fallback: [],
    shownDefault: '[]',
    isStructured: true,
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;
