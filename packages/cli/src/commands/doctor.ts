/**
 * `medevac doctor`: looks at the settings, the cloud and the state directory of `serve`, and says
 * in plain words what is wrong. It changes nothing anywhere.
 */
import type { Command } from 'commander';
import { CHECKS } from '../doctor/checks.ts';
import { examine } from '../doctor/examine.ts';
import { openSurroundings } from '../doctor/open-surroundings.ts';
import { exitCodeOf, lineText, summaryText } from '../doctor/print-lines.ts';
import { addSettings, type GivenOptions } from '../settings/command-settings.ts';
import { SETTING_KEYS } from '../settings/settings-table.ts';

export function addDoctor(program: Command): void {
  const doctor = program
    .command('doctor')
    .description('check settings, cloud and state directory before serve needs them');
  addSettings(doctor, SETTING_KEYS).option('--json', 'print JSON');
  doctor.action(async ({ json, ...given }: GivenOptions & { readonly json?: string }) => {
    // Commander gives a flag without a value as true.
    const isJson = json !== undefined;
    const write = (text: string): void => void process.stdout.write(text);
    await using around = openSurroundings(given);
    const lines = await examine(CHECKS, around, (line) => {
      if (!isJson) write(lineText(line));
    });
    write(isJson ? `${JSON.stringify(lines, null, 2)}\n` : summaryText(lines));
    process.exitCode = exitCodeOf(lines);
  });
}
