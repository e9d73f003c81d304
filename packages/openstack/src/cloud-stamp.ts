/** The written times of OpenStack services: UTC, with or without a mark that says so. */
import { OperationalError } from '@medevac/kernel';
import { cloudErrors } from './errors.ts';

const ZONE = /(Z|[+-]\d\d:?\d\d)$/;

/**
 * Milliseconds of a stamp of Nova's or Keystone's; `undefined` when it is no time. Compare it with
 * other stamps of the same service only, never with a clock of ours.
 */
export function parseCloudStampMs(stamp: string): number | undefined {
  const ms = Date.parse(ZONE.test(stamp) ? stamp : `${stamp}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The same for an answer that cannot do without: `call` is named in the error. */
export function requireCloudStampMs(stamp: string, call: string): number {
  const ms = parseCloudStampMs(stamp);
  if (ms !== undefined) return ms;
  throw new OperationalError(
    cloudErrors.answerUnreadable,
    `${call} answered something else than expected: a time, found ${JSON.stringify(stamp)}`,
  );
}
