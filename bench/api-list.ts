/**
 * The API under load (design section 10): first Medevac beside Debian's masakari-api, in
 * alternating pairs, listing one segment's 1,000 hosts on the same machine and MariaDB; then 50
 * clients at once that list and create for 60 s without an error and with flat memory.
 *
 *   node bench/api-list.ts [--hosts 1000] [--pairs 5] [--seconds 8] [--clients 10] [--bound 20]
 *                          [--mixed-clients 50] [--mixed-seconds 60] [--no-peer]
 *
 * Exit code 1 when the median ratio of requests a second is below the bound, on any error, or when
 * memory grows.
 */
import { spawnSync } from 'node:child_process';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { bringUp } from '../testbed/openstack/harness/bed.ts';
import type { Program } from '../testbed/openstack/harness/program.ts';
import { progress } from '../testbed/openstack/harness/waiting.ts';
import { type Asked, measureLoad, type Served } from './api-load.ts';
import { type Side, type Sides, withSides } from './api-sides.ts';
import { keep, spreadOf, spreadText } from './results.ts';
import { sessionCpuMs } from './session-cpu.ts';

const UP_TIMEOUT_MS = 420_000;
const SAMPLE_MS = 1_000;
/** The last quarter may need this much more memory than the second: heap comes and goes. */
const MOST_GROWTH = 1.15;
/** One request of this many creates, the others list. */
const CREATE_EVERY = 5;

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '1000' },
    pairs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '8' },
    clients: { type: 'string', default: '10' },
    bound: { type: 'string', default: '20' },
    'mixed-clients': { type: 'string', default: '50' },
    'mixed-seconds': { type: 'string', default: '60' },
    'no-peer': { type: 'boolean', default: false },
  },
});

const hasErrors = (served: Served): boolean => Object.keys(served.errors).length > 0;

interface Listed extends Served {
  /** Processor time of the side's own processes for one request. */
  readonly cpuMs: number;
}

async function listHosts(side: Side, pair: number): Promise<Listed> {
  const beforeMs = sessionCpuMs(side.session);
  const served = await measureLoad({
    ...side,
    clients: Number(values.clients),
    durationMs: Number(values.seconds) * 1000,
    next: () => ({ method: 'GET', path: side.hostsPath }),
  });
  const spentMs = sessionCpuMs(side.session) - beforeMs;
  const listed = { ...served, cpuMs: Math.round((spentMs * 10) / served.requests) / 10 };
  const at = new Date().toISOString();
  const line = { pair, side: side.name, hosts: Number(values.hosts), at, ...listed };
  keep('api-list', { ...line, loadAfter: loadavg()[0] });
  progress(JSON.stringify(line));
  return listed;
}

/** Answers whether every pair went without an error and the median ratio holds. */
async function comparePairs(medevac: Side, masakari: Side): Promise<boolean> {
  const pairs: { readonly medevac: Listed; readonly masakari: Listed }[] = [];
  for (let pair = 0; pair < Number(values.pairs); pair += 1) {
    // Which side goes first alternates, so that a drift of the machine hits both.
    const first = pair % 2 === 0 ? await listHosts(medevac, pair) : undefined;
    const peer = await listHosts(masakari, pair);
    pairs.push({ medevac: first ?? (await listHosts(medevac, pair)), masakari: peer });
  }
  const spread = (of: (pair: (typeof pairs)[number]) => number): string =>
    spreadText(spreadOf(pairs.map(of)));
  const ratio = spreadOf(pairs.map((pair) => pair.medevac.perSecond / pair.masakari.perSecond));
  process.stdout.write(
    `list of ${values.hosts} hosts, ${pairs.length} alternating pairs, median (least to most)\n` +
      `requests/s  masakari ${spread((pair) => pair.masakari.perSecond)}, ` +
      `medevac ${spread((pair) => pair.medevac.perSecond)}, ratio ${spreadText(ratio)}\n` +
      `p99 ms      masakari ${spread((pair) => pair.masakari.p99Ms)}, ` +
      `medevac ${spread((pair) => pair.medevac.p99Ms)}\n` +
      `cpu ms each masakari ${spread((pair) => pair.masakari.cpuMs)}, ` +
      `medevac ${spread((pair) => pair.medevac.cpuMs)}\n` +
      `ratio ${ratio.median}, bound ${values.bound}\n`,
  );
  const failed = pairs.some((pair) => hasErrors(pair.medevac) || hasErrors(pair.masakari));
  return !failed && ratio.median >= Number(values.bound);
}

/** Resident memory of everything the replica's session started, in MiB. */
function residentMib({ pid }: Program): number {
  const ran = spawnSync('ps', ['-o', 'rss=', '--sid', String(pid)], { encoding: 'utf8' });
  const kib = ran.stdout.split('\n').reduce((sum, line) => sum + Number(line), 0);
  return Math.round(kib / 1024);
}

/** Lists of segments and of hosts, and every fifth request a new segment. */
function mixedRequests(hostsPath: string): () => Asked {
  let sent = 0;
  return () => {
    sent += 1;
    if (sent % CREATE_EVERY === 0) {
      const name = `load-${process.pid}-${sent}`;
      const segment = { name, recovery_method: 'auto', service_type: 'COMPUTE' };
      return { method: 'POST', path: '/v1/segments', body: { segment } };
    }
    const path = sent % 2 === 0 ? '/v1/segments?limit=100' : `${hostsPath}?limit=100`;
    return { method: 'GET', path };
  };
}

/** Answers whether there was no error and memory stayed flat. */
async function mixedLoad({ medevac, replica }: Sides): Promise<boolean> {
  const durationMs = Number(values['mixed-seconds']) * 1000;
  const clients = Number(values['mixed-clients']);
  const resident: number[] = [];
  let isOver = false;
  const sample = async (): Promise<void> => {
    while (!isOver) {
      resident.push(residentMib(replica));
      await sleep(SAMPLE_MS);
    }
  };
  const sampling = sample();
  const next = mixedRequests(medevac.hostsPath);
  const served = await measureLoad({ ...medevac, clients, durationMs, next });
  isOver = true;
  await sampling;
  const quarter = Math.floor(resident.length / 4);
  const second = spreadOf(resident.slice(quarter, 2 * quarter));
  const last = spreadOf(resident.slice(-quarter));
  keep('api-mixed', { clients, at: new Date().toISOString(), ...served, resident });
  process.stdout.write(
    `mixed load, ${clients} clients, ${values['mixed-seconds']} s: ${served.requests} requests, ` +
      `${served.perSecond}/s, median ${served.medianMs} ms, p99 ${served.p99Ms} ms, errors ` +
      `${JSON.stringify(served.errors)}\nresident MiB: second quarter ${spreadText(second)}, ` +
      `last quarter ${spreadText(last)}\n`,
  );
  return !hasErrors(served) && last.median <= second.median * MOST_GROWTH;
}

await bringUp(UP_TIMEOUT_MS);
let holds = true;
await withSides(Number(values.hosts), !values['no-peer'], async (sides) => {
  if (sides.masakari !== undefined) holds = await comparePairs(sides.medevac, sides.masakari);
  holds = (await mixedLoad(sides)) && holds;
});
process.exitCode = holds ? 0 : 1;
