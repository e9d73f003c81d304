/**
 * Puts one replica together and runs it: the only place where adapters meet the rooms they serve.
 */
import { createApi } from '@medevac/api';
import { DEFAULT_RULES, DEFAULT_TIMING, Engine } from '@medevac/engine';
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
import { databasePlace, type OpenedDatabase, openDatabase } from './database-place.ts';
import { CLI_ERRORS } from './errors.ts';
import { openHooks, warnOfHooks } from './hooks/open-hooks.ts';
import { pinoLog } from './pino-log.ts';
import { openProtection, type Protection } from './protection/open-protection.ts';
import { failurePolicy } from './settings/failure-settings.ts';
import { returnRules } from './settings/move-back-settings.ts';
import { paceRules } from './settings/pace-settings.ts';
import { protectionRules } from './settings/protection-settings.ts';
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
  const protection = await openProtection(settings, parts);
  const cloud = openCloud(config, { ...parts, tokenCacheMs: settings.tokenCache });
  let opened: OpenedDatabase | undefined;
  try {
    await cloud.verify();
    opened = await openDatabase(databasePlace(settings), systemClock);
    const authUrl = settings.wwwAuthenticateUri ?? config.authUrl;
    const { env } = environment;
    await warnOfHooks(settings.hooks, env, log);
    return await run({ settings, cloud, opened, authUrl, protection, env, parts });
  } catch (error) {
    protection.close();
    await opened?.close();
    await cloud.close();
    throw error;
  }
}

interface Pieces {
  readonly settings: ServeSettings;
  readonly cloud: Cloud;
  readonly opened: OpenedDatabase;
  /** Keystone's address for callers. */
  readonly authUrl: string;
  readonly protection: Protection;
  readonly env: ReplicaEnvironment['env'];
  readonly parts: Pick<Parameters<typeof openCloud>[1], 'clock' | 'random' | 'log'>;
}

async function run(pieces: Pieces): Promise<Replica> {
  const { settings, cloud, opened, protection, parts } = pieces;
  const engine = engineOf(pieces);
  const api = createApi({
    stores: opened.stores,
    tokens: cloud.tokens,
    ...protection.dependencies,
    computeServiceExists: async (host) => {
      const views = await cloud.nova.listComputeServices({ host }, { deadlineMs: 20_000 });
      return views.some((view) => view.host === host);
    },
    silenceOf: (host) => engine.silenceOf(host),
    dispatch: () => engine.nudge(),
    ...parts,
    options: {
      authUrl: pieces.authUrl,
      duplicateWindowMs: settings.duplicateWindow,
      ...protection.options,
      ...(settings.linkPrefix === undefined ? {} : { linkPrefix: settings.linkPrefix }),
      ...(settings.disableFile === undefined ? {} : { disableFile: settings.disableFile }),
    },
  });
  let url: string;
  try {
    const listens = await api.listen(settings.listen);
    url = protection.options.tls === undefined ? listens : listens.replace('http:', 'https:');
  } catch (error) {
    await api.close();
    throw unusable(settings.listen, error);
  }
  engine.start();
  parts.log.info('serve.ready', { url, database: opened.place });
  return {
    url,
    stop: async () => {
      await api.close();
      protection.close();
      await engine.stop();
      await opened.close();
      await cloud.close();
    },
  };
}

function engineOf(pieces: Pieces): Engine {
  const { settings, cloud, opened, parts } = pieces;
  return new Engine({
    ports: {
      ...parts,
      replica: newUuid<ReplicaId>(parts.random),
      nova: cloud.nova,
      actions: cloud.actions,
      placement: cloud.placement,
      capacity: cloud.placement,
      aggregates: cloud.aggregates,
      serverGroups: cloud.serverGroups,
      images: cloud.images,
      stores: opened.stores,
      hooks: openHooks(settings.hooks, { ...parts, env: pieces.env }),
      fenceDevices: settings.fencing === 'trusted' ? [trustedReports] : [],
    },
    settings: {
      ...DEFAULT_RULES,
      ...protectionRules(settings),
      returns: returnRules(settings),
      failures: failurePolicy(settings),
      pace: paceRules(settings),
      addsReservedHostToAggregates: settings.addReservedHostToAggregate,
      reportIntervalMs: settings.novaReportInterval,
      proofSets: settings.fencingProofSets,
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
