/**
 * Secrets by reference: `file:/PATH` or `env:NAME`. Read at each use, so that a secret that was
 * replaced counts at once. No message holds one.
 */
import { readFile } from 'node:fs/promises';
import { messageOf, OperationalError } from '@medevac/kernel';
import { CLI_ERRORS } from '../errors.ts';

/** The secret without the white space around it. */
export async function readSecret(
  reference: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const secret = (await read(reference, env)).trim();
  if (secret === '') throw unreadable(`${reference} is empty`);
  if (/[^\x21-\x7e]/.test(secret)) {
    throw unreadable(`${reference} holds a character that no header may have`);
  }
  return secret;
}

async function read(
  reference: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (reference.startsWith('env:')) {
    const value = env[reference.slice('env:'.length)];
    if (value === undefined) throw unreadable(`${reference} is not set`);
    return value;
  }
  try {
    return await readFile(reference.slice('file:'.length), 'utf8');
  } catch (error) {
    throw unreadable(`${reference} cannot be read: ${messageOf(error)}`);
  }
}

const unreadable = (message: string): OperationalError =>
  new OperationalError(CLI_ERRORS.secretUnreadable, message);
