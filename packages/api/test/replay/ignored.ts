/**
 * The one place that says what of a recorded answer need not be the same: identifiers, times,
 * request ids and the highest version of the release. Everything else is compared.
 */

/** Numbers and times that differ by nature; times keep their form, with every digit taken out. */
const VOLATILE_FIELDS = ['id', 'created_at', 'updated_at', 'generated_time', 'timestamp'];
/** Newer than the recorded release: fields that this API must have and the recording cannot. */
export const ADDED_TO_NOTIFICATIONS = ['failover_segment_uuid', 'message'];

const isVersionId = (value: unknown): boolean => value === 'v1.0';

/** A body without what is ignored. */
export function comparable(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => comparable(item));
  if (value !== null && typeof value === 'object') {
    const kept = Object.entries(value).filter(([name]) => !ADDED_TO_NOTIFICATIONS.includes(name));
    const isToldToPeople = 'code' in value || 'progress' in value;
    const entries = isToldToPeople ? Object.entries(value) : kept;
    return Object.fromEntries(entries.map(([name, inner]) => [name, comparable(inner, name)]));
  }
  if (VOLATILE_FIELDS.includes(key) && value !== null && !isVersionId(value)) {
    return typeof value === 'string' ? value.replaceAll(/\d/g, '0') : typeof value;
  }
  return key === 'version' ? 'the highest' : value;
}

/** Identifiers that the API itself has given, in the answer to a creation. */
export function withoutGivenIds(body: unknown): unknown {
  const text = JSON.stringify(body);
  return JSON.parse(
    text.replaceAll(/"(notification_uuid|uuid)":"[-0-9a-f]{36}"/g, '"$1":"a uuid"'),
  );
}

/**
 * The headers that clients read, without what is ignored: the parameters of the media type, and the
 * service's name in the version header, which Masakari writes in two ways.
 */
export function comparableHeaders(headers: Readonly<Record<string, unknown>>) {
  const textOf = (name: string): string => {
    const value = headers[name];
    return typeof value === 'string' ? value : '';
  };
  return {
    type: textOf('content-type').split(';')[0],
    version: textOf('openstack-api-version').split(' ')[1],
    vary: textOf('vary'),
    authenticate: textOf('www-authenticate'),
  };
}
