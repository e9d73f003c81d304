/**
 * Where a database file really is. The exclusive right belongs to the file and not to one of its
 * names: a process that comes by a symbolic link must meet the lock of one that does not.
 */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, OperationalError } from '@medevac/kernel';
import { STORE_ERRORS } from '../errors.ts';

/** Links of a file to follow; Linux itself stops at 40. */
const MAX_LINKS = 40;

/**
 * The address with every symbolic link followed, also where the file does not exist yet. Its
 * directory must exist. Throws an OperationalError that names `file`.
 */
export function realDatabaseFile(file: string): string {
  let address = file;
  try {
    for (let links = 0; links <= MAX_LINKS; links++) {
      address = join(realpathSync(dirname(address)), basename(address));
      const found = lstatSync(address, { throwIfNoEntry: false });
      if (!found?.isSymbolicLink()) return address;
      address = resolve(dirname(address), readlinkSync(address));
    }
  } catch (error) {
    throw unusable(file, messageOf(error), error);
  }
  throw unusable(file, `more than ${MAX_LINKS} symbolic links lead on from it`);
}

const unusable = (file: string, why: string, cause?: unknown): OperationalError =>
  new OperationalError(STORE_ERRORS.unwritable, `the database ${file} cannot be found: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    fields: { file },
  });
