/** What ends a step or interrupts a run. */
import { type ErrorKind, InvariantError, messageOf, OperationalError } from '@medevac/kernel';
import type { StepError } from './journal-store.ts';

export const WORKFLOW_ERRORS = {
  deadline: {
    code: 'workflow.deadline',
    retry: 'never',
    advice: 'Look at what the step waited for; its last error names it.',
  },
  unexpected: {
    code: 'workflow.unexpected',
    retry: 'never',
    advice: 'This is a fault of Medevac itself: report it with the log around it.',
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;

/** A step gave up: its attempts or its time are used up, or repeating cannot help. Journaled. */
export class StepFailed extends Error {
  readonly path: string;
  readonly error: StepError;

  constructor(path: string, error: StepError) {
    super(`${path}: ${error.message}`);
    this.name = 'StepFailed';
    this.path = path;
    this.error = error;
  }
}

/**
 * Why a run stops here without an end of its own. `lost`: another replica may hold it, or the
 * journal cannot be written; nothing more may be done. `stopping`: this replica goes down and the
 * next one continues. `cancelled`: somebody asked for its end.
 */
export class RunInterrupted extends Error {
  readonly why: 'lost' | 'stopping' | 'cancelled';

  constructor(why: 'lost' | 'stopping' | 'cancelled', message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'RunInterrupted';
    this.why = why;
  }
}

/** How a failure is journaled. What is no failure of the world is never retried. */
export function stepErrorOf(error: unknown): StepError {
  if (error instanceof OperationalError) {
    return { code: error.code, message: messageOf(error), retry: error.retry };
  }
  if (error instanceof StepFailed) return { ...error.error, message: messageOf(error) };
  const name = error instanceof InvariantError ? 'broken invariant: ' : '';
  return {
    code: WORKFLOW_ERRORS.unexpected.code,
    message: `${name}${messageOf(error)}`,
    retry: 'never',
  };
}
