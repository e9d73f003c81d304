/**
 * The rules of the API out of `--policy-file`, and what takes their place when the file changes.
 */
import { readFile } from 'node:fs/promises';
import { POLICY_DEFAULTS, type Policy } from '@medevac/api';
import { type Clock, type Log, messageOf, OperationalError } from '@medevac/kernel';
import { type PolicyFacts, PolicyRules } from '@medevac/openstack';
import { CLI_ERRORS } from '../errors.ts';
import { watchFiles } from './watch-files.ts';

export interface OpenedPolicy {
  readonly policy: Policy;
  /** Ends the watch of the file. */
  readonly close: () => void;
}

/** Throws when the file cannot be read, or says something that cannot be judged. */
export async function loadPolicy(path: string | undefined): Promise<PolicyRules> {
  if (path === undefined) return PolicyRules.load(POLICY_DEFAULTS);
  return PolicyRules.load(POLICY_DEFAULTS, { path, text: await readPolicy(path) });
}

/** A changed file that is wrong is told in the log, and the rules stay as they were. */
export async function openPolicy(
  path: string | undefined,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<OpenedPolicy> {
  if (path === undefined) return { policy: await loadPolicy(path), close: () => {} };
  const text = await readPolicy(path);
  let rules = PolicyRules.load(POLICY_DEFAULTS, { path, text });
  const stop = watchFiles({
    paths: [path],
    clock,
    log,
    texts: [text],
    changed: ([changed = '']) => {
      rules = PolicyRules.load(POLICY_DEFAULTS, { path, text: changed });
    },
  });
  const allows = (rule: string, caller: PolicyFacts, target: PolicyFacts): boolean =>
    rules.allows(rule, caller, target);
  return { policy: { allows }, close: stop };
}

async function readPolicy(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new OperationalError(CLI_ERRORS.policyUnreadable, messageOf(error), { cause: error });
  }
}
