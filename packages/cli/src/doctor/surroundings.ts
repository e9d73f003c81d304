/** Port: everything that the checks of `medevac doctor` look at. All of it only reads. */
import type { Clock, HostName } from '@medevac/kernel';
import type {
  Call,
  CloudConfig,
  EffectiveRule,
  Greeting,
  Identity,
  Images,
  Nova,
  Server,
  VersionRange,
  Volumes,
} from '@medevac/openstack';
import type { DatabaseView, SegmentView, ServerView } from '@medevac/store';
import type { DatabasePlace } from '../database-place.ts';
import type { CertificateView, TlsSettings } from '../protection/tls-files.ts';
import type { HookSetting } from '../settings/hook-settings.ts';
import type { ServeSettings, SettingKey } from '../settings/settings-table.ts';

/** A file of our own, where we run. */
export type EmbeddedPlace = Exclude<DatabasePlace, { readonly server: string }>;

export interface CloudUnderTest {
  readonly config: Pick<CloudConfig, 'name' | 'authUrl' | 'region' | 'interface' | 'tls'>;
  greetKeystone(call: Call): Promise<Greeting>;
  authenticate(call: Call): Promise<void>;
  /** Whom our own token speaks for; `undefined` when Keystone does not know it. */
  identify(call: Call): Promise<Identity | undefined>;
  /** What Keystone's clock shows now, counted on from the stamp of our token. */
  keystoneNowMs(call: Call): Promise<number>;
  versions(serviceType: string, call: Call): Promise<VersionRange>;
  /** The read of Placement that a recovery makes, of an instance that does not exist. */
  readAllocations(call: Call): Promise<void>;
  readonly nova: Pick<Nova, 'listComputeServices' | 'listServers'>;
  readonly images: Images;
  readonly volumes: Volumes;
}

export interface StateView {
  readonly directory: string;
  /** False: `serve` will make it when it starts. */
  readonly exists: boolean;
  /** Why the directory, or the one it will be made in, cannot be used; absent when it can. */
  readonly trouble?: string;
  readonly freeBytes: number;
  readonly file: string;
  readonly database: DatabaseView;
}

export interface Surroundings {
  readonly clock: Clock;
  /** Who we run as; another user may have other rights. */
  readonly userName: string;
  /** Throws what is wrong with this one setting. */
  readSetting<Key extends SettingKey>(key: Key): Promise<ServeSettings[Key]>;
  /** Reads clouds.yaml and makes no request. */
  openCloud(name: string | undefined): Promise<CloudUnderTest>;
  lookAtState(place: EmbeddedPlace): Promise<StateView>;
  lookAtServer(url: string): Promise<ServerView>;
  /** Every rule as it counts; throws what is wrong with the file. */
  lookAtPolicy(path: string | undefined): Promise<readonly EffectiveRule[]>;
  /** `undefined` without a certificate; throws what is wrong with the files. */
  lookAtTls(settings: TlsSettings): Promise<CertificateView | undefined>;
  /** Why the hook could not run now; `undefined` when nothing is in its way. */
  troubleWithHook(hook: HookSetting): Promise<string | undefined>;
}

/** What an earlier check found out and a later one builds on. */
export interface Facts {
  readonly osCloud: { readonly name: string | undefined };
  readonly listen: ServeSettings['listen'];
  readonly place: DatabasePlace;
  readonly policy: { readonly path: string | undefined };
  readonly tls: TlsSettings;
  readonly hooks: ServeSettings['hooks'];
  readonly cloud: CloudUnderTest;
  readonly greeting: Greeting;
  /** Keystone took our credentials. */
  readonly session: CloudUnderTest;
  readonly compute: VersionRange;
  readonly placement: VersionRange;
  readonly services: Awaited<ReturnType<Nova['listComputeServices']>>;
  /** Of every host that Nova sees. */
  readonly servers: readonly Server[];
  /** Hosts of all segments in our database. */
  readonly registeredHosts: readonly HostName[];
  /** All segments in our database, with their reserved hosts. */
  readonly segments: readonly SegmentView[];
}
export type FactName = keyof Facts;
