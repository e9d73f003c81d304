/** Opens the real clients on a loopback cloud, on a clock that the test moves. */
import {
  type Clock,
  type RetryPolicy,
  seededRandom,
  silentLog,
  systemClock,
} from '@medevac/kernel';
import { type Cloud, type CloudConfig, openCloud } from '../src/index.ts';
import { LoopbackCloud, type LoopbackCloudOptions } from './loopback-cloud.ts';

export const CALL = { deadlineMs: 10_000 };

const QUICK_RETRY: RetryPolicy = { maxAttempts: 4, firstDelayMs: 1, maxDelayMs: 4, factor: 2 };

export interface OpenOptions {
  readonly clock?: Clock;
  readonly config?: Partial<CloudConfig>;
  readonly pageSize?: number;
  readonly loopback?: LoopbackCloudOptions;
}

export interface OpenedCloud extends AsyncDisposable {
  readonly loopback: LoopbackCloud;
  readonly cloud: Cloud;
}

export function configFor(loopback: LoopbackCloud): CloudConfig {
  return {
    name: 'loopback',
    authUrl: loopback.authUrl,
    auth: {
      kind: 'password',
      user: { name: 'admin', domain: { id: 'default' } },
      password: 'right',
      scope: { kind: 'project', project: { name: 'admin', domain: { id: 'default' } } },
    },
    region: 'one',
    interface: 'public',
    tls: { insecure: false },
    endpointOverrides: {},
  };
}

export async function openForTest(options: OpenOptions = {}): Promise<OpenedCloud> {
  const loopback = await LoopbackCloud.open(options.loopback);
  const cloud = openCloud(
    { ...configFor(loopback), ...options.config },
    {
      clock: options.clock ?? systemClock,
      random: seededRandom(1),
      log: silentLog,
      retry: QUICK_RETRY,
      ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
    },
  );
  return {
    loopback,
    cloud,
    [Symbol.asyncDispose]: async () => {
      await cloud.close();
      await loopback.close();
    },
  };
}
