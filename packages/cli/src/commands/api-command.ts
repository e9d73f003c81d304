/**
 * What all commands share that talk to a running Medevac: how it is found, and the form of output.
 */
import type { Command } from 'commander';
import { type ApiClient, withApi } from '../api-client.ts';
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
    await withApi(options, (api) => action(api, command.args, options, output));
  });
}

/** The given options under their names on the wire; absent ones are left out. */
export function wireFields(
  options: ApiCommandOptions,
  names: Readonly<Record<string, string>>,
): Record<string, string> {
  const given = Object.entries(names).filter(([option]) => typeof options[option] === 'string');
  return Object.fromEntries(given.map(([option, wire]) => [wire, String(options[option])]));
}
