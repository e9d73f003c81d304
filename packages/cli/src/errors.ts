/** What an operator can get wrong on the command line or in the configuration. */
import type { ErrorKind } from '@medevac/kernel';

export const CLI_ERRORS = {
  settingMissing: {
    code: 'cli.setting_missing',
    retry: 'never',
    advice: 'Give it as an option, in the file named by --config, or in the environment.',
  },
  settingInvalid: {
    code: 'cli.setting_invalid',
    retry: 'never',
    advice: 'Correct the value where the message says it comes from.',
  },
  configUnreadable: {
    code: 'cli.config_unreadable',
    retry: 'never',
    advice: 'Correct the file that --config names.',
  },
  portUnusable: {
    code: 'cli.port_unusable',
    retry: 'never',
    advice: 'Stop what holds the address, or choose another one with --listen.',
  },
  notFound: {
    code: 'cli.not_found',
    retry: 'never',
    advice: 'List what there is with the list command.',
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
