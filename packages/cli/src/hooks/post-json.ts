/**
 * One POST and nothing else: no redirect is followed, no connection is kept, certificates are
 * always verified, and of the answer only a beginning is read.
 */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface JsonPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** CAs in PEM that are trusted instead of those of the system. */
  readonly ca?: string;
  /** Of the answer; what is beyond is left unread. */
  readonly mostBytes: number;
}

export interface PostAnswer {
  readonly status: number;
  readonly location: string | null;
  readonly text: string;
}

/** Rejects with what went wrong before there was an answer, or when the signal is aborted. */
export function postJson(post: JsonPost, signal: AbortSignal): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const url = new URL(post.url);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const options: RequestOptions & { readonly ca?: string; readonly rejectUnauthorized: true } = {
      method: 'POST',
      headers: { ...post.headers, 'content-length': Buffer.byteLength(post.body) },
      agent: false,
      signal,
      rejectUnauthorized: true,
      ...(post.ca === undefined ? {} : { ca: post.ca }),
    };
    const sent = send(url, options, (answer) => {
      readBeginning(answer, post.mostBytes).then(
        (text) => {
          const { location = null } = answer.headers;
          resolve({ status: answer.statusCode ?? 0, location, text });
          sent.destroy();
        },
        (error: unknown) => reject(asError(error)),
      );
    });
    sent.on('error', reject);
    sent.end(post.body);
  });
}

async function readBeginning(answer: IncomingMessage, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let left = mostBytes;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, left));
    left -= chunk.length;
    if (left <= 0) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));
