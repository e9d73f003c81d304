/**
 * The two sides of the API bench, Medevac and Debian's masakari-api, on the test bed's one MariaDB,
 * each with one segment of equally many hosts. A host must be a compute service of Nova to be made
 * through an API, so the rows are written into both databases directly.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BED, cloud } from '../testbed/openstack/harness/bed.ts';
import {
  newStateDir,
  removeStateDir,
  runMedevac,
  startMedevac,
} from '../testbed/openstack/harness/medevac.ts';
import { newToken } from '../testbed/openstack/harness/nova.ts';
import type { Program } from '../testbed/openstack/harness/program.ts';

const DATABASE = 'medevac_bench';
const MEDEVAC_PORT = BED.instanceHaPort + 1;
const FORGET_PEER = "DELETE FROM masakari.hosts WHERE name LIKE 'bench-%';";
const SQL_TIMEOUT_MS = 60_000;
const MASAKARI_TIMEOUT_MS = 420_000;

export type SideName = 'medevac' | 'masakari';

export interface Side {
  readonly name: SideName;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `/v1/segments/UUID/hosts` of the segment with the rows. */
  readonly hostsPath: string;
  /** The session that all processes of this side belong to, the database's not among them. */
  readonly session: number;
}

function sql(statements: string): void {
  const address = ['-h127.0.0.1', `-P${BED.mysqlPort}`, '-uroot', `-p${BED.password}`];
  const ran = spawnSync('mariadb', ['--no-defaults', ...address], {
    input: statements,
    encoding: 'utf8',
    timeout: SQL_TIMEOUT_MS,
  });
  if (ran.status !== 0) throw new Error(`mariadb: ${ran.error?.message ?? ran.stderr}`);
}

const hostNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `bench-${String(index).padStart(5, '0')}`);

/** The rows in Medevac's schema: flags as numbers, times as milliseconds. */
const medevacRows = (segment: string, count: number): string => `USE ${DATABASE};
INSERT INTO host (uuid, segment_uuid, name, type, control_attributes, reserved, on_maintenance,
  created_at_ms) VALUES ${hostNames(count)
    .map((name) => `('${randomUUID()}', '${segment}', '${name}', 'COMPUTE', 'SSH', 0, 0, 1000)`)
    .join(',\n')};`;

/** The same rows in Masakari's. */
const masakariRows = (segment: string, count: number): string => `USE masakari;
INSERT INTO hosts (created_at, deleted, uuid, name, reserved, type, control_attributes,
  failover_segment_id, on_maintenance) VALUES ${hostNames(count)
    .map((name) => `(NOW(), 0, '${randomUUID()}', '${name}', 0, 'COMPUTE', 'SSH', '${segment}', 0)`)
    .join(',\n')};`;

/** Makes the segment through the API, its hosts through the database, and checks the list. */
async function fill(place: Omit<Side, 'headers' | 'hostsPath'>, count: number): Promise<Side> {
  const { name, url } = place;
  const headers = { 'x-auth-token': await newToken(), 'openstack-api-version': 'instance-ha 1.2' };
  const made = await fetch(`${url}/v1/segments`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({
      segment: { name: `bench-${randomUUID()}`, recovery_method: 'auto', service_type: 'COMPUTE' },
    }),
  });
  if (made.status !== 201) throw new Error(`${name}: ${made.status} ${await made.text()}`);
  const { segment } = (await made.json()) as { readonly segment: { readonly uuid: string } };
  sql((name === 'medevac' ? medevacRows : masakariRows)(segment.uuid, count));
  const hostsPath = `/v1/segments/${segment.uuid}/hosts`;
  const listed = await fetch(`${url}${hostsPath}`, { headers });
  const { hosts } = (await listed.json()) as { readonly hosts: readonly unknown[] };
  if (hosts.length !== count) throw new Error(`${name} lists ${hosts.length} of ${count} hosts`);
  return { ...place, headers, hostsPath };
}

/** The bed starts each service in a session of its own and keeps "pid starttime". */
function masakariSession(): number {
  const [pid] = readFileSync(join(BED.stateDir, 'run', 'masakari-api.pid'), 'utf8').split(' ');
  return Number(pid);
}

export interface Sides {
  readonly medevac: Side;
  /** Undefined when only Medevac was asked for. */
  readonly masakari: Side | undefined;
  readonly replica: Program;
}

/** Runs `use` with the sides filled, and leaves neither the replica nor its database behind. */
export async function withSides(
  hosts: number,
  wantsPeer: boolean,
  use: (sides: Sides) => Promise<void>,
): Promise<void> {
  const at = `127.0.0.1:${BED.mysqlPort}`;
  const database = `mysql+pymysql://root:${BED.password}@${at}/${DATABASE}`;
  const recreate = `DROP DATABASE IF EXISTS ${DATABASE};`;
  sql(`${recreate} CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4;`);
  runMedevac(['db', 'migrate', `--database=${database}`], SQL_TIMEOUT_MS);
  const stateDir = newStateDir();
  const listen = `127.0.0.1:${MEDEVAC_PORT}`;
  const replica = await startMedevac({ stateDir, listen, database });
  try {
    const session = replica.pid ?? 0;
    const medevac = await fill({ name: 'medevac', url: `http://${listen}`, session }, hosts);
    let masakari: Side | undefined;
    if (wantsPeer) {
      cloud(['masakari'], MASAKARI_TIMEOUT_MS);
      // Rows of an earlier bench would be refused: host names are unique in a cloud.
      sql(FORGET_PEER);
      const url = `http://127.0.0.1:${BED.instanceHaPort}`;
      masakari = await fill({ name: 'masakari', url, session: masakariSession() }, hosts);
    }
    await use({ medevac, masakari, replica });
  } catch (error) {
    process.stderr.write(`--- medevac serve said:\n${replica.output().slice(-4_000)}\n---\n`);
    throw error;
  } finally {
    await replica.kill();
    removeStateDir(stateDir);
    if (wantsPeer) cloud(['masakari', '--stop']);
    sql(wantsPeer ? `${recreate} ${FORGET_PEER}` : recreate);
  }
}
