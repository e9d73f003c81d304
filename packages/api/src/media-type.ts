/** Media types: which bodies are read as JSON, and which of the two JSON types is answered with. */

const JSON_TYPE = 'application/json';
const VENDOR_TYPE = 'application/vnd.openstack.masakari+json';
const READ_AS_JSON: readonly string[] = [JSON_TYPE, VENDOR_TYPE, 'text/plain'];

/** A body without a type is read as JSON. */
export function isJsonBody(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType === '') return true;
  return READ_AS_JSON.includes(mediaType(contentType));
}

/** The vendor's type only where the caller likes it better than plain JSON. */
export function answerType(accept: string | undefined): string {
  if (accept === undefined) return JSON_TYPE;
  return qualityOf(VENDOR_TYPE, accept) > qualityOf(JSON_TYPE, accept) ? VENDOR_TYPE : JSON_TYPE;
}

const mediaType = (entry: string): string => (entry.split(';')[0] ?? '').trim().toLowerCase();

/** The quality that the most specific matching entry of `Accept` gives to a type. */
function qualityOf(type: string, accept: string): number {
  const entries = accept.split(',');
  for (const range of [type, 'application/*', '*/*']) {
    const entry = entries.find((candidate) => mediaType(candidate) === range);
    if (entry === undefined) continue;
    const quality = /;\s*q=([\d.]+)/i.exec(entry)?.[1];
    return quality === undefined ? 1 : Number(quality);
  }
  return 0;
}
