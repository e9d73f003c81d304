/**
 * What must be true of reports as their senders live it: what was accepted is kept, equal reports
 * are one notification, a copy that is refused is still somebody's word, a stranger has none.
 */
import type { HostName } from '@medevac/kernel';
import type { Invariant } from './invariant.ts';

export interface KeptReportFacts {
  readonly host: HostName;
  readonly notification: string;
  /** An equal notification of the duplicate window that was there before and told of the same. */
  readonly equalTo: string | undefined;
}

export interface AnsweredReportFacts {
  readonly sender: string;
  readonly host: string;
  readonly status: number;
  /** The sender has the right to report. */
  readonly isEntitled: boolean;
  /** Accepted: the notification that the answer names is in the database, with its sender. */
  readonly isKept: boolean;
  /**
   * Refused as a duplicate while its original had no final answer: the copy is evidence of the
   * incident, with its sender. `undefined`: nothing of the kind is asked.
   */
  readonly isEvidence: boolean | undefined;
}

export const KEPT_REPORT_INVARIANTS: readonly Invariant<KeptReportFacts>[] = [
  {
    name: 'equal-reports-are-one-notification',
    rule: 'Equal reports of one failure make one notification.',
    holdsOutside: true,
    check: ({ host, notification, equalTo }) =>
      equalTo === undefined
        ? undefined
        : `${notification} about ${host} was kept beside its equal ${equalTo}`,
  },
];

export const ANSWERED_REPORT_INVARIANTS: readonly Invariant<AnsweredReportFacts>[] = [
  {
    name: 'accepted-report-is-kept',
    rule: 'A report that was answered with 202 is never lost.',
    holdsOutside: true,
    check: ({ sender, host, status, isKept }) =>
      status === 202 && !isKept
        ? `the report of ${sender} about ${host} was accepted and is not in the database`
        : undefined,
  },
  {
    name: 'refused-copy-is-evidence',
    rule: 'A 409 duplicate is kept as evidence, with who sent it (7).',
    holdsOutside: true,
    check: ({ sender, host, isEvidence }) =>
      isEvidence === false
        ? `the copy that ${sender} sent about ${host} was refused and is not kept as evidence`
        : undefined,
  },
  {
    name: 'stranger-has-no-word',
    rule: 'A caller speaks only for what its identity covers (7).',
    holdsOutside: true,
    check: ({ sender, host, status, isEntitled }) =>
      isEntitled || status === 403 || status >= 500
        ? undefined
        : `${sender} has no right to report ${host} and was answered with ${status}`,
  },
];
