/**
 * The microversions that a service of the catalogue offers, read from its version document. Nova
 * and Masakari's API say `version`, Placement says `max_version`; some answer with one version,
 * some with a list of them.
 */
import { OperationalError } from '@medevac/kernel';
import { type Static, Type } from 'typebox';
import type { Call } from '../call.ts';
import { cloudErrors } from '../errors.ts';
import { shapeOf } from '../http/answer-shape.ts';
import type { KeystoneSession } from '../keystone/keystone-session.ts';
import { novaBaseUrl } from '../nova/http-nova.ts';

export interface VersionRange {
  /** The endpoint as configured or as the catalogue has it. */
  readonly endpoint: string;
  /** Where the version document was read. */
  readonly documentUrl: string;
  readonly lowest: string;
  readonly highest: string;
}

const EntrySchema = Type.Object({
  id: Type.String(),
  version: Type.Optional(Type.String()),
  max_version: Type.Optional(Type.String()),
  min_version: Type.Optional(Type.String()),
});
type Entry = Static<typeof EntrySchema>;

const OneShape = shapeOf(Type.Object({ version: EntrySchema }));
const ManyShape = shapeOf(Type.Object({ versions: Type.Array(EntrySchema) }));
const VERSION = /^\d+\.\d+$/;

/** Reads the version document of a service. An endpoint without one is an OperationalError. */
export async function readVersionRange(
  session: KeystoneSession,
  serviceType: string,
  call: Call,
): Promise<VersionRange> {
  const endpoint = await session.endpoint(serviceType, call);
  const documentUrl = documentOf(serviceType, endpoint);
  const answer = await session.request(
    {
      service: serviceType,
      method: 'GET',
      url: documentUrl,
      headers: {},
      repeatable: true,
      answers: [200, 300],
    },
    call,
  );
  for (const entry of entriesOf(answer.body)) {
    const highest = entry.version ?? entry.max_version ?? '';
    const lowest = entry.min_version ?? '';
    if (!VERSION.test(highest) || !VERSION.test(lowest)) continue;
    return { endpoint, documentUrl, lowest, highest };
  }
  throw new OperationalError(
    cloudErrors.answerUnreadable,
    `what answers at ${documentUrl} names no microversions of ${serviceType}`,
    { fields: { service: serviceType, url: documentUrl } },
  );
}

/** Nova's document lies under its version; the others' roots answer without regard of rights. */
function documentOf(serviceType: string, endpoint: string): string {
  if (serviceType === 'compute') {
    return novaBaseUrl(endpoint).replace(/(\/v2\.\d+)(\/.*)?$/, '$1/');
  }
  if (serviceType === 'instance-ha') return `${endpoint.replace(/\/v1(\/.*)?$/, '')}/`;
  return `${endpoint}/`;
}

function entriesOf(body: unknown): readonly Entry[] {
  if (OneShape.check(body)) return [body.version];
  return ManyShape.check(body) ? body.versions : [];
}

/** Negative when the first is lower, positive when it is higher. Both are `MAJOR.MINOR`. */
export function compareVersions(first: string, second: string): number {
  const [major = 0, minor = 0] = first.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = second.split('.').map(Number);
  return major - otherMajor || minor - otherMinor;
}
