/** What can go wrong on the way to a power switch. */
import type { ErrorKind } from '@medevac/kernel';

export const FENCING_ERRORS = {
  unreachable: {
    code: 'fencing.unreachable',
    retry: 'after',
    advice: 'Bring the power switch of the host back, or confirm by hand that the host is off.',
  },
  noAnswer: {
    code: 'fencing.no_answer',
    retry: 'unknown-outcome',
    advice: 'Look at the power switch of the host: it took the request and did not answer in time.',
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
