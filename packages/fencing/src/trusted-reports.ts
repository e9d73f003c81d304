/**
 * The device of `fencing: trusted`: it switches nothing. The operator has declared that whoever
 * reports a failure has fenced the host before, so the reporter's word is the confirmation. It is
 * void at the first sign of life, like every confirmation.
 */
import type { FenceDevice } from './fence-device.ts';

export const trustedReports: FenceDevice = {
  name: 'trusted-reports',
  fence: async (target) => ({
    kind: 'confirmed',
    confirmation: {
      kind: 'off',
      basis: 'trusted_report',
      by: target.report.by,
      evidenceId: target.report.evidenceId,
    },
  }),
};
