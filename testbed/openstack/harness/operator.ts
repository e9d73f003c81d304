/** The operator's side: the real `openstack` command of Debian's python3-openstackclient. */
import { spawnSync } from 'node:child_process';
import { clientEnvironment } from './bed.ts';

const COMMAND_TIMEOUT_MS = 60_000;

export type Row = Readonly<Record<string, unknown>>;

const start = (args: readonly string[]) =>
  spawnSync('openstack', ['--os-cloud', 'testbed', ...args], {
    env: clientEnvironment(),
    encoding: 'utf8',
    timeout: COMMAND_TIMEOUT_MS,
  });

function run(args: readonly string[]): string {
  const ran = start(args);
  if (ran.status === 0) return ran.stdout;
  const how = ran.error?.message ?? ran.stderr.trim();
  throw new Error(`openstack ${args.join(' ')}: ${how}`);
}

/** Runs `openstack ARGS` for its effect; it must succeed. */
export function openstack(...args: readonly string[]): void {
  run(args);
}

/** What `openstack ARGS` prints without a format of its own; it must succeed. */
export const openstackText = (...args: readonly string[]): string => run(args).trim();

/** Runs `openstack ARGS` where it must be refused, and answers what it says. */
export function openstackRefusal(...args: readonly string[]): string {
  const ran = start(args);
  if (ran.status === 0) throw new Error(`openstack ${args.join(' ')} was not refused`);
  return ran.stderr.trim();
}

/** The one object that `openstack ARGS -f json` prints. */
export function openstackShow(...args: readonly string[]): Row {
  return JSON.parse(run([...args, '-f', 'json'])) as Row;
}

/** The rows that `openstack ARGS -f json` prints. */
export function openstackList(...args: readonly string[]): readonly Row[] {
  return JSON.parse(run([...args, '-f', 'json'])) as readonly Row[];
}

export interface SegmentChoice {
  /** `auto` unless given. */
  readonly method?: string;
  /** Those of its hosts that are kept in reserve. */
  readonly reserved?: readonly string[];
}

/** A segment with these hosts; answers its identifier and those of its hosts by name. */
export function createSegment(
  name: string,
  hosts: readonly string[],
  { method = 'auto', reserved = [] }: SegmentChoice = {},
): { readonly segmentId: string; readonly hostIds: ReadonlyMap<string, string> } {
  const segment = openstackShow('segment', 'create', name, method, 'COMPUTE');
  const segmentId = String(segment['uuid']);
  const ids = hosts.map((host): [string, string] => {
    const kept = reserved.includes(host) ? 'True' : 'False';
    const words = ['--reserved', kept, host, 'COMPUTE', 'SSH'];
    const row = openstackShow('segment', 'host', 'create', ...words, segmentId);
    return [host, String(row['uuid'])];
  });
  return { segmentId, hostIds: new Map(ids) };
}

/** The payload with which a monitor says that a host has died. */
export const HOST_DIED = { event: 'STOPPED', cluster_status: 'OFFLINE', host_status: 'NORMAL' };

/** UTC without a zone, as the monitors write it. */
export const generatedTime = (): string => new Date().toISOString().replace('Z', '');

/** Reports a dead host; answers the identifier of the notification. */
export function reportDeadHost(host: string): string {
  const payload = JSON.stringify(HOST_DIED);
  const subject = ['COMPUTE_HOST', host, generatedTime(), payload];
  const row = openstackShow('notification', 'create', ...subject);
  return String(row['notification_uuid']);
}
