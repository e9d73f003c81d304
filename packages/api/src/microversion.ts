/**
 * Microversions of the API: which are served, and which one a request asks for. The header may name
 * several services; entries of other services and malformed entries do not concern us.
 */
import { badVersionSyntax, unsupportedVersion } from './errors.ts';

/** Every microversion served, oldest first. */
export const MICROVERSIONS = ['1.0', '1.1', '1.2', '1.3'] as const;
export type Microversion = (typeof MICROVERSIONS)[number];

export const LOWEST_VERSION: Microversion = '1.0';
export const HIGHEST_VERSION: Microversion = '1.3';
/** Served to callers that ask for none. */
export const DEFAULT_VERSION: Microversion = '1.0';

const SERVICE_TYPE = 'instance-ha';
const VERSION_SYNTAX = /^([1-9]\d*)\.([1-9]\d*|0)$/;
const SYNONYM_OF_HIGHEST = 'latest';

export const isAtLeast = (version: Microversion, first: Microversion): boolean =>
  MICROVERSIONS.indexOf(version) >= MICROVERSIONS.indexOf(first);

/** Whether `version` lies between the two, both included. */
export const isWithin = (version: Microversion, first: Microversion, last: Microversion): boolean =>
  isAtLeast(version, first) && isAtLeast(last, version);

/** The version text asked of our service; the last of several entries wins. */
export function askedVersion(header: string | undefined): string | undefined {
  return (header ?? '')
    .split(',')
    .map((entry) => entry.trim().split(/\s+/))
    .filter((words) => words.length === 2 && words[0]?.toLowerCase() === SERVICE_TYPE)
    .at(-1)?.[1];
}

/** Throws 400 for a version that is none and 406 for one that is not served. */
export function chooseVersion(header: string | undefined): Microversion {
  const asked = askedVersion(header);
  if (asked === undefined) return DEFAULT_VERSION;
  if (asked.toLowerCase() === SYNONYM_OF_HIGHEST) return HIGHEST_VERSION;
  if (!VERSION_SYNTAX.test(asked)) throw badVersionSyntax(asked);
  const served = MICROVERSIONS.find((version) => version === asked);
  if (served === undefined) throw unsupportedVersion(asked, LOWEST_VERSION, HIGHEST_VERSION);
  return served;
}

/** The value of the version header of every answer. */
export const versionHeader = (version: string): string => `${SERVICE_TYPE} ${version}`;
