/**
 * What commander finds wrong with a command line, told like every other error: one line, with
 * advice and a code. Help is no error and is printed as it is.
 */
import { OperationalError } from '@medevac/kernel';
import { type Command, CommanderError } from 'commander';
import { CLI_ERRORS } from './errors.ts';

/** Commands made below this one afterwards throw instead of printing their errors and exiting. */
export function throwUsageErrors(program: Command): Command {
  return program.configureOutput({ outputError: () => undefined }).exitOverride();
}

/** `shown`: help was printed, nothing is left to say; its exit code is `exitCode`. */
export type Ending =
  | { readonly kind: 'shown'; readonly exitCode: number }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Tells how a run ends that threw. A group without its command prints help, with exit code 1. */
export function endingOf(error: unknown): Ending {
  if (!(error instanceof CommanderError)) return { kind: 'failed', error };
  if (error.exitCode === 0 || error.code === 'commander.help') {
    return { kind: 'shown', exitCode: error.exitCode };
  }
  const message = error.message.replace(/^error: /, '');
  const usage = new OperationalError(CLI_ERRORS.usage, message, { cause: error });
  return { kind: 'failed', error: usage };
}
