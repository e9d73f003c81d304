/**
 * One PUT to a compute service, and the stamp that it left. Nova answers the PUT with the stamp in
 * its own memory, microseconds included ("...:47.472357"), while MariaDB cuts it and every later
 * list shows whole seconds ("...:47.000000"). The stamps of two reads must be comparable, so the
 * service is read once more. A PUT that changes nothing moves no stamp.
 */
import { type HostName, invariant, OperationalError, type ServiceUuid } from '@medevac/kernel';
import type { Call } from '../call.ts';
import { parseCloudStampMs } from '../cloud-stamp.ts';
import { cloudErrors } from '../errors.ts';
import { parseAnswer } from '../http/answer-shape.ts';
import type { EndpointClient } from '../keystone/endpoint-client.ts';
import { NOVA_VERSIONS } from './microversions.ts';
import type { ComputeService, ServiceChange, ServiceChangeOutcome, ServiceView } from './nova.ts';
import { parseService, ServiceAnswerShape } from './nova-answers.ts';

/** Nova's own limit of the column. */
const MAX_REASON_CHARACTERS = 255;

export interface OneChange {
  readonly uuid: ServiceUuid;
  readonly change: ServiceChange;
}

/** `list` reads the services of a host within the rest of the same call. */
export async function changeOneService(
  endpoint: EndpointClient,
  list: (host: HostName) => Promise<readonly ServiceView[]>,
  { uuid, change }: OneChange,
  call: Call,
): Promise<ServiceChangeOutcome> {
  const reason = change.disabledReason;
  invariant(
    reason === undefined || (reason !== '' && reason.length <= MAX_REASON_CHARACTERS),
    `a disabled reason has 1 to ${MAX_REASON_CHARACTERS} characters`,
  );
  const path = `/os-services/${encodeURIComponent(uuid)}`;
  const answer = await endpoint.ask(
    {
      method: 'PUT',
      path,
      body: {
        ...(change.forcedDown === undefined ? {} : { forced_down: change.forcedDown }),
        ...(change.status === undefined ? {} : { status: change.status }),
        ...(reason === undefined ? {} : { disabled_reason: reason }),
      },
      microversion: NOVA_VERSIONS.changeService,
      answers: [200, 400, 404, 409],
    },
    call,
  );
  if (answer.status === 404) return { kind: 'missing' };
  if (answer.status !== 200) {
    const request = answer.requestId === undefined ? '' : ` (request ${answer.requestId})`;
    return { kind: 'refused', message: `${answer.explanation}${request}` };
  }
  const what = { call: `compute: PUT ${path}`, requestId: answer.requestId, changing: true };
  const { service } = parseAnswerOfChange(answer, what.call);
  const written = parseService(service, what);
  return { kind: 'changed', service: await withStoredStamp(written, list) };
}

function parseAnswerOfChange(
  answer: Parameters<typeof parseAnswer>[1],
  call: string,
): { readonly service: unknown } {
  try {
    return parseAnswer(ServiceAnswerShape, answer, call);
  } catch (error) {
    throw asUnknownOutcome(error);
  }
}

/**
 * The service with the stamp that later reads will show. When the host has reported in between, the
 * stamp read is not ours: then the PUT's own is kept, so that the report shows as an advance. When
 * that cannot be told, the outcome is unknown and the caller waits for silence.
 */
async function withStoredStamp(
  written: ComputeService,
  list: (host: HostName) => Promise<readonly ServiceView[]>,
): Promise<ComputeService> {
  let views: readonly ServiceView[];
  try {
    views = await list(written.host);
  } catch (error) {
    throw asUnknownOutcome(error);
  }
  const stored = views.find((view) => view.kind === 'seen' && view.uuid === written.uuid);
  if (stored === undefined || stored.kind !== 'seen') return written;
  switch (compareStamps(written.updatedAt, stored.updatedAt)) {
    case 'ours':
      return { ...written, updatedAt: stored.updatedAt };
    case 'other':
      return written;
    case 'unclear':
      throw new OperationalError(
        cloudErrors.stampUnclear,
        `the service of ${written.host} was changed at ${written.updatedAt} and shows ` +
          `${stored.updatedAt}: rounded up by the database, or a report of the host`,
        { fields: { host: written.host, written: written.updatedAt, stored: stored.updatedAt } },
      );
  }
}

/**
 * Whose stamp `stored` is. `ours`: what was `written`, as it is or cut to whole seconds. `unclear`:
 * it fits only if the database rounds up (MySQL does), and a host that reported just after our
 * write would look the same. `other`: somebody wrote since.
 */
export function compareStamps(
  written: string | null,
  stored: string | null,
): 'ours' | 'unclear' | 'other' {
  if (written === stored) return 'ours';
  const writtenMs = written === null ? undefined : parseCloudStampMs(written);
  const storedMs = stored === null ? undefined : parseCloudStampMs(stored);
  if (writtenMs === undefined || storedMs === undefined) return 'other';
  const cutMs = Math.floor(writtenMs / 1000) * 1000;
  if (storedMs === cutMs) return 'ours';
  const isRoundedUp = writtenMs - cutMs >= 500 && storedMs === cutMs + 1000;
  return isRoundedUp ? 'unclear' : 'other';
}

/** The PUT was carried out and its stamp is not known: the caller observes before it goes on. */
function asUnknownOutcome(error: unknown): unknown {
  if (!(error instanceof OperationalError) || error.retry === 'unknown-outcome') return error;
  const { code, advice, fields } = error;
  const kind = { code, advice, retry: 'unknown-outcome' } as const;
  return new OperationalError(kind, `after the service was changed: ${error.message}`, {
    fields,
    cause: error,
  });
}
