/** Nova's list of server groups and Glance's images on the wire, in front of a simulated cloud. */
import { LIMITS } from '@medevac/kernel';
import type { Call, Images, ServerGroup } from '@medevac/openstack';
import { answerOfFailure } from './cloud-failures.ts';
import type { NovaOperation } from './nova-request.ts';
import { ok, Refusal, type WireAnswer, type WireRequest } from './wire.ts';

/** Paged by offset, as Nova does it; the end is an empty page. */
export const listServerGroups: NovaOperation = async ({ request, groups, call }) => {
  if (request.query.get('all_projects') !== 'true') {
    throw new Refusal(400, 'Only the server groups of all projects are simulated.');
  }
  const all = await groups.listServerGroups(call);
  const offset = wholeNumber(request, 'offset', 0);
  const limit = wholeNumber(request, 'limit', LIMITS.cloudPageSize);
  return ok({ server_groups: all.slice(offset, offset + limit).map(groupRecord) });
};

function wholeNumber(request: WireRequest, name: string, fallback: number): number {
  const text = request.query.get(name);
  if (text === null) return fallback;
  if (!/^\d+$/.test(text)) {
    throw new Refusal(400, `Invalid input for query parameters ${name}. Value: ${text}.`);
  }
  return Number(text);
}

const groupRecord = (group: ServerGroup) => ({
  id: group.uuid,
  name: group.name,
  policy: group.policy,
  rules: group.policy === 'anti-affinity' ? { max_server_per_host: group.maxPerHost } : {},
  members: [...group.members],
  project_id: null,
  user_id: null,
});

export async function answerImages(images: Images, request: WireRequest): Promise<WireAnswer> {
  const refuse = (status: number, message: string): WireAnswer => ({
    kind: 'answer',
    status,
    body: { message },
  });
  try {
    const [, version, collection, uuid, ...rest] = request.path.split('/').map(decodeURIComponent);
    const isImage = version === 'v2' && collection === 'images' && rest.length === 0;
    if (!isImage || uuid === undefined) return refuse(404, 'The resource could not be found.');
    if (request.method !== 'GET') return refuse(405, 'The method is not allowed.');
    const call: Call = { deadlineMs: LIMITS.cloudRequestMs, signal: request.signal };
    const image = await images.readImage(uuid, call);
    if (image === undefined) return refuse(404, `No image found with ID ${uuid}`);
    return ok({ id: image.uuid, status: 'active', ...image.properties });
  } catch (error) {
    return answerOfFailure(error, request, refuse);
  }
}
