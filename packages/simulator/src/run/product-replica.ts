/**
 * The real product in one replica of a simulated world: the engine and the API of `medevac serve`
 * over the ports that the world gives it. Every world wires it here, and nowhere a second time.
 */
import { bodyCheck, type CheckBody, type InProcessApi, serveInProcess } from '@medevac/api';
import { Engine, type EnginePorts, type EngineSettings } from '@medevac/engine';
import type { Clock } from '@medevac/kernel';
import type { Stores } from '@medevac/store';
import { callerTokens } from '../callers/caller-identity.ts';
import type { ReplicaLife } from './replica-life.ts';
import { LEASE_MS } from './run-settings.ts';

export interface ProductParts extends Omit<EnginePorts, 'clock' | 'stores'> {
  readonly life: ReplicaLife;
  /** True time; the replica has a clock of its own. */
  readonly clock: Clock;
  /** As this process reaches them. */
  readonly stores: Stores;
  readonly settings: EngineSettings;
}

const AUTH_URL = 'http://keystone.example/v3';
const NOVA_CALL = { deadlineMs: 20_000 };

export class ProductReplica {
  readonly life: ReplicaLife;
  readonly api: InProcessApi;
  readonly #engine: Engine;

  constructor({ life, clock: base, stores, settings, ...rest }: ProductParts) {
    const clock = life.clock(base);
    const { journal, leases } = stores;
    this.life = life;
    this.#engine = new Engine({
      ports: { ...rest, clock, stores },
      ...{ settings, journal, leases },
      leaseMs: LEASE_MS,
      isSoleProcess: false,
    });
    this.api = serveInProcess(
      {
        stores,
        tokens: callerTokens,
        computeServiceExists: async (host) => {
          const views = await rest.nova.listComputeServices({ host }, NOVA_CALL);
          return views.some((view) => view.host === host);
        },
        silenceOf: (host) => this.#engine.silenceOf(host),
        dispatch: () => this.#engine.nudge(),
        clock,
        random: rest.random.fork('api'),
        log: rest.log,
        options: { authUrl: AUTH_URL },
      },
      compiledSchemas(),
    );
    this.#engine.start();
  }
}

let compiled: CheckBody | undefined;

/** Compiling schemas costs more than a run; they keep nothing of one. */
function compiledSchemas(): CheckBody {
  compiled ??= bodyCheck();
  return compiled;
}
