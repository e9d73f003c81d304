/**
 * Debian's masakari monitors, run as on a compute host: each in a UTS namespace of its own, where
 * `hostname` says which compute host it stands on. Pacemaker, Corosync and libvirt are stubs.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BED, clientEnvironment } from './bed.ts';
import { type Program, startProgram } from './program.ts';
import { waitForBed } from './waiting.ts';

export const MONITOR_PACKAGES = [
  'masakari-host-monitor',
  'masakari-instance-monitor',
  'masakari-process-monitor',
] as const;
const STUBS = join(import.meta.dirname, '..', 'stubs');
const START_TIMEOUT_MS = 60_000;

export interface MonitorPlace {
  readonly directory: string;
  readonly cib: string;
  readonly events: string;
  readonly processList: string;
}

/** The account under which operators run the monitors today: an administrator. */
function configuration(place: MonitorPlace): string {
  return `[DEFAULT]
debug = true
tempdir = ${place.directory}
[api]
region = RegionOne
api_interface = public
auth_type = password
auth_url = ${BED.keystoneUrl}
username = masakari
password = ${BED.password}
project_name = service
user_domain_name = Default
project_domain_name = Default
[host]
monitoring_interval = 1
api_retry_interval = 1
disable_ipmi_check = true
pacemaker_node_type = cluster
corosync_multicast_interfaces = lo
corosync_multicast_ports = 5405
[libvirt]
connection_uri = stub:///
[process]
check_interval = 1
restart_retries = 1
restart_interval = 1
api_retry_interval = 1
process_list_path = ${place.processList}
[masakarimonitors_privileged]
helper_command = privsep-helper --config-file ${join(place.directory, 'monitors.conf')}
`;
}

/** A scratch directory with the monitors' settings; the caller removes it. */
export function makeMonitorPlace(): MonitorPlace {
  const directory = mkdtempSync(join(tmpdir(), 'medevac-monitors-'));
  const place = {
    directory,
    cib: join(directory, 'cib.xml'),
    events: join(directory, 'events'),
    processList: join(directory, 'process_list.yaml'),
  };
  writeFileSync(join(directory, 'monitors.conf'), configuration(place));
  writeFileSync(place.events, '');
  return place;
}

export function removeMonitorPlace({ directory }: MonitorPlace): void {
  rmSync(directory, { recursive: true, force: true });
}

/** Starts `masakari-KINDmonitor` as if on `host`; resolves once its log shows `ready`. */
export async function startMonitor(
  kind: 'host' | 'instance' | 'process',
  host: string,
  place: MonitorPlace,
  ready: RegExp,
): Promise<Program> {
  const renamed = ['--uts', 'sh', '-c', 'hostname "$0" && exec "$@"', host];
  const config = ['--config-file', join(place.directory, 'monitors.conf')];
  const monitor = startProgram({
    command: 'unshare',
    args: [...renamed, `/usr/bin/masakari-${kind}monitor`, ...config],
    env: {
      ...clientEnvironment(),
      PATH: `${STUBS}:/usr/sbin:/usr/bin:/sbin:/bin`,
      PYTHONPATH: join(STUBS, 'python'),
      PYTHONWARNINGS: 'ignore',
      TESTBED_STUB_CIB: place.cib,
      TESTBED_STUB_EVENTS: place.events,
    },
  });
  const isReady = async (): Promise<boolean> => {
    if (!monitor.isRunning()) throw new Error(`masakari-${kind}monitor has ended`);
    return ready.test(monitor.output());
  };
  await waitForBed(`masakari-${kind}monitor is ready`, isReady, {
    timeoutMs: START_TIMEOUT_MS,
  }).catch(async (error: unknown) => {
    process.stderr.write(`--- masakari-${kind}monitor said:\n${monitor.output()}\n---\n`);
    await monitor.kill();
    throw error;
  });
  return monitor;
}

/** What `cibadmin --query` shows of a cluster with quorum: the state of each of its nodes. */
export function writeCib(place: MonitorPlace, nodes: Readonly<Record<string, string>>): void {
  const states = Object.entries(nodes).map(
    ([name, state], index) =>
      `<node_state id="${index + 1}" uname="${name}" in_ccm="true" crmd="${state}" join="member"/>`,
  );
  const head = '<cib crm_feature_set="3.16.2" validate-with="pacemaker-3.9" have-quorum="1">';
  writeFileSync(place.cib, `${head}<configuration/><status>${states.join('')}</status></cib>\n`);
}
