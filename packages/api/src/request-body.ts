/** Bodies of requests: read as JSON whatever JSON type they claim, `null` where there is none. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { malformedBody, unsupportedContentType } from './errors.ts';
import { isJsonBody } from './media-type.ts';

/** Replaces the framework's parsers: theirs word their refusals differently. */
export function addBodyParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, parseBody);
}

async function parseBody(request: FastifyRequest, bytes: Buffer): Promise<unknown> {
  if (!isJsonBody(request.headers['content-type'])) throw unsupportedContentType();
  return parseJson(bytes);
}

function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return null;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw malformedBody();
  }
}
