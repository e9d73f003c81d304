/** Reads recorded exchanges: the request as it was sent, and what Masakari answered. */
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../../../../testbed/captures/masakari-14/', import.meta.url);

export interface Capture {
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly text: string;
  };
  readonly answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
}

/** Every recorded exchange by name. */
export const captureNames = (): readonly string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.http'))
    .map((file) => file.slice(0, -'.http'.length))
    .sort();

/** The exchange of `<name>.http`, with `replacements` made in its request and its answer. */
export function readCapture(
  name: string,
  replacements: Readonly<Record<string, string>> = {},
): Capture {
  let text = readFileSync(new URL(`${name}.http`, FOLDER), 'utf8');
  for (const [from, to] of Object.entries(replacements)) text = text.replaceAll(from, to);
  const start = text.indexOf('\nHTTP/1.1 ');
  const [head = '', ...body] = text.slice(text.indexOf('\n\n') + 2, start).split('\n\n');
  const [line = '', ...headers] = head.split('\n');
  const [method = '', url = ''] = line.split(' ');
  const answer = text.slice(start + 1);
  const [, ...answerHeaders] = (answer.split('\n\n')[0] ?? '').split('\n');
  const answerBody = answer.split('\n\n').slice(1).join('\n\n').trim();
  return {
    request: {
      method,
      url,
      headers: Object.fromEntries(headers.filter((header) => header !== '').map(splitHeader)),
      text: body.join('\n\n').trim(),
    },
    answer: {
      status: Number(answer.split(' ')[1]),
      headers: Object.fromEntries(answerHeaders.map(splitHeader)),
      body: answerBody.startsWith('{') ? JSON.parse(answerBody) : answerBody,
    },
  };
}

function splitHeader(header: string): readonly [name: string, value: string] {
  const colon = header.indexOf(':');
  return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
}
