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
    advice:
      'The message says what every device and proof lacks. Mend one, or say that the host is ' +
      'off: medevac host confirm-off.',
  },
  powerUnknown: {
    code: 'engine.power_unknown',
    retry: 'after',
    advice: 'Bring the power switch of the host back; until it reads off nothing is evacuated.',
  },
  paused: {
    code: 'engine.paused',
    retry: 'after',
    advice: 'An operator has paused the incident; resume it to let the recovery go on.',
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
  hookFailed: {
    code: 'engine.hook_failed',
    retry: 'after',
    advice: 'Mend what the hook reaches, or let its failure be noted only (`on-failure: note`).',
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
