/** What can go wrong in a recovery beside what the cloud itself answers. */
import type { ErrorKind } from '@medevac/kernel';

export const ENGINE_ERRORS = {
  cellUnseen: {
    code: 'engine.cell_unseen',
    retry: 'after',
    advice: 'Bring the cell database and its message queue back; the recovery goes on by itself.',
  },
  notFenced: {
    code: 'engine.not_fenced',
    retry: 'after',
    advice: 'Configure a fence device for the host, or declare `fencing: trusted`.',
  },
  powerUnknown: {
    code: 'engine.power_unknown',
    retry: 'after',
    advice: 'Bring the power switch of the host back; until it reads off nothing is evacuated.',
  },
  refused: {
    code: 'engine.refused',
    retry: 'after',
    advice: 'Nova refused a change; the message says why. It is tried again.',
  },
  notReady: {
    code: 'engine.not_ready',
    retry: 'after',
    advice: 'The host is not ready to return; the message says what it waits for.',
  },
  reservationLost: {
    code: 'engine.reservation_lost',
    retry: 'never',
    advice: 'Look at the recovery of the failed host; its reserved host was taken from it.',
  },
  notGivenBack: {
    code: 'engine.not_given_back',
    retry: 'after',
    advice: 'The reserved host is given back when what the message names has ended.',
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
