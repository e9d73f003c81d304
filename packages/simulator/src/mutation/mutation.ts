/**
 * A mutation: a patch of the product's source that breaks one rule of safety. It is opened by two
 * lines for people, the rule and how it is weakened, and the seeded runs must notice it.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Mutation {
  readonly name: string;
  /** The rule of the design, in one sentence. */
  readonly rule: string;
  /** What the patch does to it, in one sentence. */
  readonly weakening: string;
  readonly patch: string;
}

const OPENING = /^Rule: (.+)\nWeakened: (.+)\n--- a\/packages\//;
const SUFFIX = '.patch';

/** Throws with the name when the opening lines are missing. */
export function parseMutation(name: string, patch: string): Mutation {
  const [, rule, weakening] = OPENING.exec(patch) ?? [];
  if (rule === undefined || weakening === undefined) {
    throw new Error(`${name}${SUFFIX} does not open with a line "Rule: " and a line "Weakened: "`);
  }
  return { name, rule, weakening, patch };
}

/** Every mutation of the folder, by name. */
export async function readMutations(folder: string): Promise<readonly Mutation[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(SUFFIX)).toSorted();
  return await Promise.all(
    files.map(async (file) =>
      parseMutation(file.slice(0, -SUFFIX.length), await readFile(join(folder, file), 'utf8')),
    ),
  );
}
