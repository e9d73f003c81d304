/** Cinder v3 over HTTP. What is read here is as old as v3 itself: no microversion is named. */
import type { Clock } from '@medevac/kernel';
import { Type } from 'typebox';
import type { Call } from '../call.ts';
import { startBudget } from '../call-budget.ts';
import { parseAnswer, shapeOf } from '../http/answer-shape.ts';
import { lookedNow } from '../http/last-look.ts';
import type { KeystoneSession } from '../keystone/keystone-session.ts';
import type { Volume, Volumes } from './volumes.ts';

const VolumeShape = shapeOf(Type.Object({ volume: Type.Object({ encrypted: Type.Boolean() }) }));

export class HttpVolumes implements Volumes {
  readonly #session: KeystoneSession;
  readonly #clock: Clock;

  constructor(session: KeystoneSession, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
  }

  async readVolume(uuid: string, call: Call): Promise<Volume | undefined> {
    const budget = startBudget(call, this.#clock);
    const base = await this.#session.endpoint('block-storage', budget.rest());
    const path = `/volumes/${encodeURIComponent(uuid)}`;
    const answer = await this.#session.request(
      {
        service: 'block-storage',
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
    const { volume } = parseAnswer(VolumeShape, answer, `block-storage: GET ${path}`);
    return { uuid, isEncrypted: volume.encrypted };
  }
}
