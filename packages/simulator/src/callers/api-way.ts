/**
 * The way from callers to the replicas' APIs, as a client behind a load balancer lives it: a dead
 * replica refuses the connection, one that dies meanwhile breaks it off, one that stands still lets
 * the caller wait until its time is up, and a bad network loses requests and replies.
 */
import type { InProcessAnswer, InProcessApi, InProcessRequest } from '@medevac/api';
import type { Clock, Random } from '@medevac/kernel';
import type { ReplicaLife } from '../run/replica-life.ts';

const ANSWERED = new Error('the API has answered');

export type Reply =
  | ({ readonly kind: 'answer' } & InProcessAnswer)
  | { readonly kind: 'none'; readonly why: 'refused' | 'broken-off' | 'timeout' };

/** A replica as its callers reach it. */
export interface ReachableReplica {
  readonly life: ReplicaLife;
  readonly api: InProcessApi;
}

/** What the network does to a part of the requests. */
export interface NetworkFault {
  readonly how: string;
  readonly share: number;
  readonly random: Random;
}

export interface ApiWayParts {
  readonly clock: Clock;
  /** All replicas that there should be, in order; `undefined` for one that is down. */
  readonly replicas: () => readonly (ReachableReplica | undefined)[];
  readonly faults: ReadonlySet<NetworkFault>;
  /** How long one request is on its way; drawn for each. */
  readonly latencyMs: () => number;
}

/** A load balancer gives up on an answer after so long, and its client with it. */
const TIMEOUT_MS = 60_000;
const SLOW_MS = 5_000;

export class ApiWay {
  readonly #parts: ApiWayParts;

  constructor(parts: ApiWayParts) {
    this.#parts = parts;
  }

  /** Sends one request to a replica, counted round; nothing is repeated. */
  async ask(request: InProcessRequest, replica: number): Promise<Reply> {
    const { clock, latencyMs, faults } = this.#parts;
    await clock.sleep(latencyMs());
    const hit = [...faults].find((fault) => fault.random.next() < fault.share);
    if (hit?.how === 'slow') await clock.sleep(hit.random.next() * SLOW_MS);
    if (hit?.how === 'lost-request') {
      await clock.sleep(TIMEOUT_MS);
      return { kind: 'none', why: 'timeout' };
    }
    const replicas = this.#parts.replicas();
    const asked = replicas[replica % replicas.length];
    if (asked === undefined || asked.life.isOver) return { kind: 'none', why: 'refused' };
    const reply = await this.#await(asked, request);
    return hit?.how === 'lost-reply' ? { kind: 'none', why: 'broken-off' } : reply;
  }

  async #await({ life, api }: ReachableReplica, request: InProcessRequest): Promise<Reply> {
    const { clock } = this.#parts;
    const answered = new AbortController();
    const limit = clock.sleep(TIMEOUT_MS, answered.signal).then(
      (): Reply => ({ kind: 'none', why: 'timeout' }),
      (): Reply => ({ kind: 'none', why: 'timeout' }),
    );
    const reply = await Promise.race([
      api(request).then((answer): Reply => ({ kind: 'answer', ...answer })),
      life.over.then((): Reply => ({ kind: 'none', why: 'broken-off' })),
      limit,
    ]);
    // Without a reason a costly exception is made of each answer.
    answered.abort(ANSWERED);
    return reply;
  }
}
