/** Whole numbers given as options of a command. */
import { OperationalError } from '@medevac/kernel';
import { CLI_ERRORS } from '../errors.ts';

/** Throws an error that names the option, its text and the range. */
export function readWholeNumber(
  option: string,
  text: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new OperationalError(
    CLI_ERRORS.settingInvalid,
    `${option} is ${JSON.stringify(text)}, but it must be a whole number from ${least} to ${most}`,
  );
}
