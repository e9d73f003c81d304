/**
 * Chance as a port. A seeded generator makes every run repeatable; `fork` gives an independent
 * stream per purpose, so that one more draw in one place does not shift all others.
 */
import { randomBytes } from 'node:crypto';

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** An independent stream that depends on this one's seed and the label only. */
  fork(label: string): Random;
}

/** Unpredictable numbers for production. */
export const systemRandom: Random = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  fork: () => systemRandom,
};

/** The same seed gives the same numbers on every machine (splitmix32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next: () => {
      state = (state + 0x9e3779b9) >>> 0;
      return mix(state) / 2 ** 32;
    },
    fork: (label) => seededRandom(hash(label, seed >>> 0)),
  };
}

function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x21f0aaad);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

function hash(text: string, seed: number): number {
  let value = seed ^ 0x811c9dc5;
  for (const character of text)
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 16777619);
  return mix(value >>> 0);
}
