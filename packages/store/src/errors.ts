/**
 * The room's error catalogue: everything that a database or its files may do to us, with the advice
 * that the operator reads. Messages are made where the error is raised and name the file.
 */
import type { ErrorKind } from '@medevac/kernel';

export const STORE_ERRORS = {
  full: {
    code: 'store_full',
    retry: 'after',
    advice: 'Free some space there; nothing was written and Medevac goes on by itself.',
  },
  readOnly: {
    code: 'store_read_only',
    retry: 'never',
    advice: 'Make the file, its directory and the file system writable for the user of Medevac.',
  },
  unwritable: {
    code: 'store_unwritable',
    retry: 'never',
    advice: 'Choose a state directory that the user of Medevac may create and write (--state).',
  },
  notADatabase: {
    code: 'store_not_a_database',
    retry: 'never',
    advice: 'Move the file away or name another one; if it was the database, restore a backup.',
  },
  foreign: {
    code: 'store_foreign_database',
    retry: 'never',
    advice: 'Medevac needs a database of its own: name an empty one.',
  },
  corrupt: {
    code: 'store_corrupt',
    retry: 'never',
    advice: 'Stop Medevac, check the disk and restore the database from a backup.',
  },
  inUse: {
    code: 'store_in_use',
    retry: 'never',
    advice: 'Stop the other process that uses this state directory, or choose another directory.',
  },
  busy: {
    code: 'store_busy',
    retry: 'after',
    advice:
      'Another program keeps the database locked; end it (a shell or a backup, for instance).',
  },
  unavailable: {
    code: 'store_unavailable',
    retry: 'after',
    advice: 'Check that the database or its disk works and can be reached.',
  },
  conflict: {
    code: 'store_conflict',
    retry: 'after',
    advice: 'Many writers met on one row; this passes by itself. If it does not, report it.',
  },
  newerSchema: {
    code: 'store_newer_schema',
    retry: 'never',
    advice: 'Install the release that wrote this database, or restore a backup made before it.',
  },
  closed: {
    code: 'store_closed',
    retry: 'never',
    advice: 'The program is ending; nothing was written.',
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
