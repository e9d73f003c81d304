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
  addressInvalid: {
    code: 'store_address_invalid',
    retry: 'never',
    advice: 'Correct --database, or the file or variable that it names for the password or TLS.',
  },
  accessDenied: {
    code: 'store_access_denied',
    retry: 'after',
    advice: 'Check user and password, and grant the user all rights on this database.',
  },
  databaseMissing: {
    code: 'store_database_missing',
    retry: 'after',
    advice: 'Create the database on the server, grant rights on it, then run medevac db migrate.',
  },
  unsupportedServer: {
    code: 'store_unsupported_server',
    retry: 'never',
    advice: 'Use MariaDB 10.6 or newer, PostgreSQL 13 or newer with UTF8, or the embedded SQLite.',
  },
  tls: {
    code: 'store_tls_failed',
    retry: 'after',
    advice: 'Check the CA, certificate and name of the database server in the address.',
  },
  schemaBehind: {
    code: 'store_schema_behind',
    retry: 'after',
    advice: 'Back the database up, then run medevac db migrate with the same --database.',
  },
  migrationUnfinished: {
    code: 'store_migration_unfinished',
    retry: 'never',
    advice:
      'Let the other medevac db migrate end. If none runs, one was cut off: ' +
      'run it again with --resume.',
  },
  notMasakari: {
    code: 'store_not_masakari',
    retry: 'never',
    advice: 'Give the address in [database] connection of masakari.conf.',
  },
  importConflict: {
    code: 'store_import_conflict',
    retry: 'never',
    advice: 'Make the values equal on one side, then run the import again.',
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
