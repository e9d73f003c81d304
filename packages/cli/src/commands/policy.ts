/**
 * `medevac policy`: the rules as they count with a policy file, and what they let a caller do. It
 * asks no cloud and no running replica, so that a file can be tried before it is used.
 */
import { isAllowed, MEDEVAC_OPERATIONS, OPERATIONS } from '@medevac/api';
import type { Identity } from '@medevac/openstack';
import type { Command } from 'commander';
import { type Output, printRows } from '../print.ts';
import { loadPolicy } from '../protection/policy-file.ts';
import { addSettings, type GivenOptions, readSettings } from '../settings/command-settings.ts';

const KEYS = ['policyFile'] as const;

export function addPolicy(program: Command): void {
  const policy = program.command('policy').description('the rules of the API');
  const show = policy.command('show').description('every rule as it counts, and where it is from');
  addSettings(show, KEYS).option('--json', 'print JSON').action(showRules);
  const check = policy.command('check').description('what the rules let a caller do');
  addSettings(check, KEYS)
    .requiredOption('--user-roles <LIST>', 'roles of the caller, with commas')
    .option('--user-id <ID>', 'id of the caller', 'the-user')
    .option('--project-id <ID>', 'project of the token; without it the scope is the system')
    .option('--json', 'print JSON')
    .action(checkCaller);
}

async function showRules(given: GivenOptions): Promise<void> {
  const { policyFile } = await readSettings(KEYS, given);
  const rules = (await loadPolicy(policyFile)).effective();
  printRows(
    rules.map((rule) => ({ ...rule })),
    ['name', 'check', 'from', 'description'],
    outputOf(given),
  );
}

async function checkCaller(given: GivenOptions): Promise<void> {
  const { policyFile } = await readSettings(KEYS, given);
  const policy = await loadPolicy(policyFile);
  const caller = callerOf(given);
  const rows = [...OPERATIONS, ...MEDEVAC_OPERATIONS].map(({ rule, method, path }) => ({
    allowed: isAllowed(rule, caller, { policy }) ? 'yes' : 'no',
    operation: `${method} ${path}`,
    rule,
  }));
  printRows(rows, ['allowed', 'operation', 'rule'], outputOf(given));
}

function callerOf(given: GivenOptions): Identity {
  const { userId = '', projectId } = given;
  const roles = (given['userRoles'] ?? '').split(',').map((role) => role.trim());
  return {
    userId,
    userName: userId,
    projectId: projectId ?? null,
    ...(projectId === undefined ? { systemScope: 'all' } : {}),
    roles: roles.filter((role) => role !== ''),
    expiresAtMs: 0,
  };
}

const outputOf = (given: GivenOptions): Output => ({
  json: given['json'] !== undefined,
  write: (text) => void process.stdout.write(text),
});
