/** Port: everything that the checks of `medevac doctor` look at. All of it only reads. */
import type { Clock, HostName } from '@medevac/kernel';
import type { Call, CloudConfig, Greeting, Identity, Nova, VersionRange } from '@medevac/openstack';
import type { DatabaseView } from '@medevac/store';
import type { ServeSettings, SettingKey } from '../settings/settings-table.ts';

export type DatabasePlace = { readonly file: string } | { readonly directory: string };

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
  lookAtState(place: DatabasePlace): Promise<StateView>;
}

/** What an earlier check found out and a later one builds on. */
export interface Facts {
  readonly osCloud: { readonly name: string | undefined };
  readonly listen: ServeSettings['listen'];
  readonly place: DatabasePlace;
  readonly cloud: CloudUnderTest;
  readonly greeting: Greeting;
  /** Keystone took our credentials. */
  readonly session: CloudUnderTest;
  readonly compute: VersionRange;
  readonly placement: VersionRange;
  readonly services: Awaited<ReturnType<Nova['listComputeServices']>>;
  /** Hosts of all segments in our database. */
  readonly registeredHosts: readonly HostName[];
}
export type FactName = keyof Facts;
