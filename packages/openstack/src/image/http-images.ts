/** Glance v2 over HTTP. It has no microversions, and writes custom properties beside its own. */
import type { Clock } from '@medevac/kernel';
import { Type } from 'typebox';
import type { Call } from '../call.ts';
import { startBudget } from '../call-budget.ts';
import { parseAnswer, shapeOf } from '../http/answer-shape.ts';
import { lookedNow } from '../http/last-look.ts';
import type { KeystoneSession } from '../keystone/keystone-session.ts';
import type { Image, Images } from './images.ts';

const ImageShape = shapeOf(Type.Record(Type.String(), Type.Unknown()));

export class HttpImages implements Images {
  readonly #session: KeystoneSession;
  readonly #clock: Clock;

  constructor(session: KeystoneSession, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  async readImage(uuid: string, call: Call): Promise<Image | undefined> {
    const budget = startBudget(call, this.#clock);
    const base = imageBaseUrl(await this.#session.endpoint('image', budget.rest()));
    const path = `/images/${encodeURIComponent(uuid)}`;
    const answer = await this.#session.request(
      {
        service: 'image',
        method: 'GET',
        url: `${base}${path}`,
        headers: {},
        repeatable: true,
        lastLook: lookedNow(this.#clock),
        answers: [200, 403, 404],
      },
      budget.rest(),
    );
    if (answer.status !== 200) return undefined;
    const body = parseAnswer(ImageShape, answer, `image: GET ${path}`);
    const texts = Object.entries(body).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    return { uuid, properties: Object.fromEntries(texts) };
  }
}

/** Catalogues name Glance with or without its version. */
export const imageBaseUrl = (endpoint: string): string =>
  /\/v2(\.\d+)?$/.test(endpoint) ? endpoint : `${endpoint}/v2`;
