/**
 * Puts one replica together and runs it: the only place where adapters meet the rooms they serve.
 */
import { createApi } from '@medevac/api';
import { DEFAULT_TIMING, Engine } from '@medevac/engine';
import { trustedReports } from '@medevac/fencing';
import {
  messageOf,
  newUuid,
  OperationalError,
  type ReplicaId,
  systemClock,
  systemRandom,
} from '@medevac/kernel';
import { type Cloud, loadCloud, openCloud } from '@medevac/openstack';
import { type OpenedSqlite, openSqlite } from '@medevac/store';
import { CLI_ERRORS } from './errors.ts';
import { pinoLog } from './pino-log.ts';
import type { ListenAddress, ServeSettings } from './settings/settings-table.ts';

export interface Replica {
  readonly url: string;
  /** Leaves every recovery where it is, for the next start to continue. */
  stop(): Promise<void>;
}

export interface ReplicaEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  readonly cwd: string;
}

/**
 * Starts in the order in which a wrong setting does the least: nothing is written before the cloud
 * answers.
 */
export async function startReplica(
  settings: ServeSettings,
  environment: ReplicaEnvironment,
): Promise<Replica> {
  const log = pinoLog(settings.logLevel);
  const parts = { clock: systemClock, random: systemRandom, log };
  const config = await loadCloud({
    ...environment,
    ...(settings.osCloud === undefined ? {} : { cloud: settings.osCloud }),
  });
  const cloud = openCloud(config, parts);
  let opened: OpenedSqlite | undefined;
  try {
    await cloud.verify();
    opened = await openSqlite({ ...databasePlace(settings), clock: systemClock });
    return await run({ settings, cloud, opened, authUrl: config.authUrl, parts });
  } catch (error) {
    await opened?.close();
    await cloud.close();
    throw error;
  }
}

const SQLITE = 'sqlite:';

export function databasePlace(
  settings: Pick<ServeSettings, 'database' | 'state'>,
): { readonly file: string } | { readonly directory: string } {
  const { database } = settings;
  return database === undefined
    ? { directory: settings.state }
    : { file: database.slice(SQLITE.length) };
}

interface Pieces {
  readonly settings: ServeSettings;
  readonly cloud: Cloud;
  readonly opened: OpenedSqlite;
  readonly authUrl: string;
  readonly parts: Pick<Parameters<typeof openCloud>[1], 'clock' | 'random' | 'log'>;
}

async function run(pieces: Pieces): Promise<Replica> {
  const { settings, cloud, opened, parts } = pieces;
  const engine = engineOf(pieces);
  const api = createApi({
    stores: opened.stores,
    tokens: cloud.tokens,
    computeServiceExists: async (host) => {
      const views = await cloud.nova.listComputeServices({ host }, { deadlineMs: 20_000 });
      return views.some((view) => view.host === host);
    },
    dispatch: () => engine.nudge(),
    ...parts,
    options: {
      authUrl: pieces.authUrl,
      duplicateWindowMs: settings.duplicateWindow,
      trustProxyHeaders: settings.trustProxyHeaders,
    },
  });
  let url: string;
  try {
    url = await api.listen(settings.listen);
  } catch (error) {
    await api.close();
    throw unusable(settings.listen, error);
  }
  engine.start();
  parts.log.info('serve.ready', { url, database: opened.file });
  return {
    url,
    stop: async () => {
      await api.close();
      await engine.stop();
      await opened.close();
      await cloud.close();
    },
  };
}

function engineOf({ settings, cloud, opened, parts }: Pieces): Engine {
  return new Engine({
    ports: {
      ...parts,
      replica: newUuid<ReplicaId>(parts.random),
      nova: cloud.nova,
      placement: cloud.placement,
      stores: opened.stores,
      fenceDevices: settings.fencing === 'trusted' ? [trustedReports] : [],
    },
    settings: {
      storage: settings.storage,
      evacuateAllInstances: settings.evacuateAllInstances,
      metadataKey: settings.haEnabledKey,
      reportIntervalMs: settings.novaReportInterval,
      keepHistoryMs: settings.keepHistory,
      timing: DEFAULT_TIMING,
    },
    journal: opened.stores.journal,
    leases: opened.stores.leases,
    leaseMs: settings.lease,
    isSoleProcess: opened.soleProcess,
  });
}

function unusable(listen: ListenAddress, error: unknown): OperationalError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const why = code === 'EADDRINUSE' ? 'another process listens there' : messageOf(error);
  return new OperationalError(
    CLI_ERRORS.portUnusable,
    `cannot listen on ${listen.host}:${listen.port}: ${why}`,
    { cause: error },
  );
}
