/**
 * A hook that is a web service: the payload as the data of a CloudEvent 1.0 in structured mode, any
 * answer from 200 to 299 is success. The event's id is the same in every repetition.
 */
import { readFile } from 'node:fs/promises';
import type { Hook, HookCall } from '@medevac/engine';
import { type Clock, messageOf } from '@medevac/kernel';
import type { HookSetting, WebhookSetting } from '../settings/hook-settings.ts';
import { hookPayload } from './hook-payload.ts';
import { type PostAnswer, postJson } from './post-json.ts';
import { readSecret } from './secret-reference.ts';

export interface WebhookParts {
  readonly clock: Clock;
  /** Where `env:` secrets are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const ANSWER_BYTES = 4_096;

export function webhook(setting: HookSetting & WebhookSetting, parts: WebhookParts): Hook {
  const { deadlineMs, name, onFailure, points } = setting;
  return {
    ...{ name, points, onFailure, deadlineMs },
    run: async (call, signal) => {
      try {
        return judge(await post(setting, parts, call, signal));
      } catch (error) {
        return { kind: 'failed', reason: messageOf(error), output: '' };
      }
    },
  };
}

async function post(
  { caFile, name, secret, url }: HookSetting & WebhookSetting,
  { clock, env }: WebhookParts,
  call: HookCall,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const token = secret === undefined ? undefined : await readSecret(secret, env);
  const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8');
  const event = {
    specversion: '1.0',
    id: call.key,
    source: `/medevac/incidents/${call.incident}`,
    type: `medevac.hook.${call.point}`,
    subject: call.instance?.uuid ?? call.host,
    time: new Date(clock.wallMs()).toISOString(),
    datacontenttype: 'application/json',
    data: hookPayload(name, call),
  };
  const headers = {
    'content-type': 'application/cloudevents+json; charset=UTF-8',
    accept: '*/*',
    'user-agent': 'medevac',
    'idempotency-key': call.key,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const body = JSON.stringify(event);
  const trusted = ca === undefined ? {} : { ca };
  return await postJson({ url, headers, body, mostBytes: ANSWER_BYTES, ...trusted }, signal);
}

function judge({ location, status, text }: PostAnswer): Awaited<ReturnType<Hook['run']>> {
  if (status >= 200 && status < 300) return { kind: 'done', output: text };
  const isRedirect = status >= 300 && status < 400 && location !== null;
  const reason = isRedirect
    ? `it answered ${status} and refers to ${location}, which is not followed`
    : `it answered ${status}`;
  return { kind: 'failed', reason, output: text };
}
