/**
 * Microversions of a simulated service. It speaks one dialect of each call, the one that our client
 * asks for, and says so instead of answering in another: an answer in a dialect that nobody has
 * compared with the real cloud would prove nothing.
 */
import { Refusal, type WireRequest } from './wire.ts';

export interface VersionRange {
  /** As in the header, for instance `compute`. */
  readonly service: string;
  readonly least: string;
  readonly most: string;
}

/** The version that a request asks for; throws Nova's own refusals, 400 and 406. */
export function askedVersion(request: WireRequest, range: VersionRange): string {
  const header = request.headers['openstack-api-version'];
  const prefix = `${range.service} `;
  const asked = header?.startsWith(prefix) ? header.slice(prefix.length).trim() : range.least;
  if (!/^\d+\.\d+$/.test(asked)) {
    const must = 'Must be of format MajorNum.MinorNum.';
    throw new Refusal(400, `API Version String ${asked} is of invalid format. ${must}`);
  }
  if (order(asked) < order(range.least) || order(asked) > order(range.most)) {
    const offered = `Minimum is ${range.least} and maximum is ${range.most}.`;
    throw new Refusal(406, `Version ${asked} is not supported by the API. ${offered}`);
  }
  return asked;
}

/** Throws a 406 that names the one dialect that is simulated. */
export function requireDialect(request: WireRequest, asked: string, spoken: string): void {
  if (asked === spoken) return;
  const call = `${request.method} ${request.path}`;
  throw new Refusal(406, `${call} is simulated in version ${spoken} only, not in ${asked}.`);
}

const order = (version: string): number => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major * 100_000 + minor;
};
