/** What an operator can get wrong on the command line or in the configuration. */
import type { ErrorKind } from '@medevac/kernel';

export const CLI_ERRORS = {
  usage: {
    code: 'cli.usage',
    retry: 'never',
    advice: 'Run the command with --help to see its words and options.',
  },
  uuidInvalid: {
    code: 'cli.uuid_invalid',
    retry: 'never',
    advice: 'Copy the UUID from the list command.',
  },
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
  policyUnreadable: {
    code: 'cli.policy_unreadable',
    retry: 'never',
    advice: 'Let the user of medevac serve read the file that --policy-file names.',
  },
  tlsUnusable: {
    code: 'cli.tls_unusable',
    retry: 'never',
    advice: 'Correct the files of --tls-certificate, --tls-key and --tls-client-ca.',
  },
  secretUnreadable: {
    code: 'cli.secret_unreadable',
    retry: 'after',
    advice: 'Let the user of medevac serve read the file or the variable that the message names.',
  },
  portUnusable: {
    code: 'cli.port_unusable',
    retry: 'never',
    advice: 'Stop what holds the address, or choose another one with --listen.',
  },
  interrupted: {
    code: 'cli.interrupted',
    retry: 'never',
    advice: 'Nothing is left behind; start it again whenever you like.',
  },
  notFound: {
    code: 'cli.not_found',
    retry: 'never',
    advice: 'List what there is with the list command.',
  },
} as const satisfies Readonly<Record<string, ErrorKind>>;
