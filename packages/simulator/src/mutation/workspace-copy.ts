/**
 * A copy of the workspace that can be patched and run beside the original. Its packages are files
 * of their own and find each other, not the originals; everything else is shared by links.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Mutation } from './mutation.ts';

const run = promisify(execFile);
const SCOPE = '@medevac';
/** What a seeded run does not need: tests, and the rooms that nothing of it imports. */
const LEFT_OUT = /\/(test|bin|node_modules)$|\.test\.ts$|\.patch$/;
const NOT_NEEDED: readonly string[] = ['cli', 'agent', 'dashboard'];

export async function copyWorkspace(root: string, target: string): Promise<void> {
  const rooms = (await readdir(join(root, 'packages'))).filter((one) => !NOT_NEEDED.includes(one));
  for (const room of rooms) {
    await cp(join(root, 'packages', room), join(target, 'packages', room), {
      recursive: true,
      filter: (path) => !LEFT_OUT.test(path),
    });
  }
  await cp(join(root, 'package.json'), join(target, 'package.json'));
  const modules = join(target, 'node_modules');
  await mkdir(join(modules, SCOPE), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name === SCOPE || name.startsWith('.')) continue;
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  for (const room of rooms) {
    await symlink(join('..', '..', 'packages', room), join(modules, SCOPE, room));
  }
}

/** Throws with the mutation's name when its patch does not apply to the copy any more. */
export async function applyMutation(copy: string, mutation: Mutation): Promise<void> {
  // A copy below somebody's repository must not be taken for a part of it.
  const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(copy) };
  const git = run('git', ['apply', '-'], { cwd: copy, env });
  git.child.stdin?.end(mutation.patch);
  try {
    await git;
  } catch (error) {
    const why = String((error as { readonly stderr?: unknown }).stderr ?? error).trim();
    throw new Error(`${mutation.name}.patch does not apply any more: ${why}`, { cause: error });
  }
}
