/** How the text of a setting is read where nothing about it is special. */

/** Reads the text of a setting; throws a sentence that says what is expected. */
export type ReadText<T> = (text: string) => T;

export const oneOf =
  <const T extends string>(...allowed: readonly T[]): ReadText<T> =>
  (text) => {
    const found = allowed.find((one) => one === text);
    if (found === undefined) throw new Error(`it must be one of ${allowed.join(', ')}`);
    return found;
  };

export const text: ReadText<string> = (given) => {
  if (given.trim() === '') throw new Error('it must not be empty');
  return given;
};

export const yesOrNo: ReadText<boolean> = (given) => {
  const lower = given.toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(lower)) return true;
  if (['false', 'no', 'off', '0'].includes(lower)) return false;
  throw new Error('it must be true or false');
};

export const SECOND = { name: 'seconds', ms: 1000 } as const;
export const DAY_SECONDS = 86_400;
export const DAY = { name: 'days', ms: DAY_SECONDS * 1000 } as const;

/** A number of the unit, kept in milliseconds. */
export const timeIn =
  (unit: typeof SECOND | typeof DAY, least: number, most: number): ReadText<number> =>
  (given) => {
    const value = Number(given);
    if (!Number.isFinite(value) || given.trim() === '' || value < least || value > most) {
      throw new Error(`it must be a number of ${unit.name} from ${least} to ${most}`);
    }
    return Math.round(value * unit.ms);
  };

export const wholeNumber =
  (least: number, most: number): ReadText<number> =>
  (given) => {
    const value = Number(given);
    if (!/^\d+$/.test(given.trim()) || value < least || value > most) {
      throw new Error(`it must be a whole number from ${least} to ${most}`);
    }
    return value;
  };
