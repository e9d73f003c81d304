/**
 * What all commands share that talk to a running Medevac: how it is found, and the form of output.
 */
import { type Command, Option } from 'commander';
import { type ApiClient, type Surface, withApi } from '../api-client.ts';
import type { Output } from '../print.ts';

export interface ApiCommandOptions {
  readonly osCloud?: string;
  readonly url?: string;
  readonly json?: boolean;
  readonly [name: string]: unknown;
}

type Action = (
  api: ApiClient,
  words: readonly string[],
  options: ApiCommandOptions,
  output: Output,
) => Promise<void>;

/** `usage`: the command's name and its words, as commander reads them. */
export function addApiCommand(
  parent: Command,
  usage: string,
  description: string,
  action: Action,
): Command {
  return addCommand(parent, { usage, description, action, surface: 'masakari' });
}

/** A command over Medevac's own API instead of Masakari's. */
export function addMedevacCommand(
  parent: Command,
  usage: string,
  description: string,
  action: Action,
): Command {
  return addCommand(parent, { usage, description, action, surface: 'medevac' });
}

interface CommandFacts {
  readonly usage: string;
  readonly description: string;
  readonly action: Action;
  readonly surface: Surface;
}

function addCommand(parent: Command, facts: CommandFacts): Command {
  const { usage, description, action, surface } = facts;
  const command = parent
    .command(usage)
    .description(description)
    .option('--os-cloud <NAME>', 'the cloud in clouds.yaml')
    .option('--url <URL>', 'address of Medevac instead of the one in the catalogue')
    .option('--json', 'print JSON');
  return command.action(async () => {
    const options = command.opts<ApiCommandOptions>();
    const output = {
      json: options.json === true,
      write: (text: string) => void process.stdout.write(text),
    };
    await withApi(options, surface, (api) => action(api, command.args, options, output));
  });
}

/** A field of an object that an option sets. */
export interface WireField {
  /** Its name on the wire; the option has dashes instead. */
  readonly wire: string;
  /** How the value is shown in the help. */
  readonly value: string;
  readonly help: string;
  /** What a new object gets unless the option is given. */
  readonly onCreate?: string;
}

const optionFor = ({ wire, value, help }: WireField): Option =>
  new Option(`--${wire.replaceAll('_', '-')} <${value}>`, help);

/** Options for the fields of a new object. */
export function addCreateOptions(command: Command, fields: readonly WireField[]): void {
  for (const field of fields) command.addOption(optionFor(field).default(field.onCreate));
}

/** Options for changes of an object; what is not given stays as it is. */
export function addUpdateOptions(command: Command, fields: readonly WireField[]): void {
  for (const field of fields) command.addOption(optionFor(field));
}

/** The values of the options under their names on the wire; absent ones are left out. */
export function wireFields(
  options: ApiCommandOptions,
  fields: readonly WireField[],
): Record<string, string> {
  const given = fields.flatMap((field) => {
    const value = options[optionFor(field).attributeName()];
    return typeof value === 'string' ? [[field.wire, value] as const] : [];
  });
  return Object.fromEntries(given);
}
