/**
 * The demo: a simulated cloud over HTTP, a real replica on it, a host that loses its power, and the
 * recovery of its instances, told as it happens and judged by the truth of the world at its end.
 */
import { type Clock, type HostName, seededRandom } from '@medevac/kernel';
import { serveCloud } from '../http/serve-cloud.ts';
import { type DemoClient, type NotificationView, openDemoClient } from './demo-client.ts';
import { hostTable, timeTable } from './demo-report.ts';
import {
  buildDemoWorld,
  type DemoSize,
  type DemoWorld,
  reservedHostsOf,
  TIMES_AS_FAST,
} from './demo-world.ts';
import { judgeRecovery } from './judge-recovery.ts';
import { Timeline } from './timeline.ts';

export interface DemoReplica {
  /** Address of its API, without a version. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface DemoOptions extends DemoSize {
  /** Recovery method of the segment; one that the engine carries out. */
  readonly method: string;
  readonly seed: number;
  /** Takes one line without its end. */
  readonly write: (line: string) => void;
  /** The clock on the wall. */
  readonly clock: Clock;
  /** Starts a replica on the cloud that the `OS_` variables describe. */
  readonly startReplica: (environment: Readonly<Record<string, string>>) => Promise<DemoReplica>;
  /** Gives up and tidies up; the demo then rejects with its reason. */
  readonly signal?: AbortSignal;
}

export interface DemoOutcome {
  /** What is not as it should be; empty when the demo has succeeded. */
  readonly faults: readonly string[];
}

/** A recovery that has not ended by then has failed; so much more for each lost instance. */
const DEADLINE_MS = 60_000;
const DEADLINE_PER_INSTANCE_MS = 200;
const LOOK_MS = 50;
const FINAL: readonly string[] = ['finished', 'failed', 'ignored'];

/** Stops whatever it has started, whether it succeeds or not. */
export async function runDemo(options: DemoOptions): Promise<DemoOutcome> {
  const { clock, write, hosts, instances, seed } = options;
  const random = seededRandom(seed);
  await using started = new AsyncDisposableStack();
  const reserved = reservedHostsOf(options.method);
  const world = buildDemoWorld({ ...options, reserved }, clock, random);
  started.defer(() => world.cloud.stop());
  world.cloud.start();
  const address = { host: '127.0.0.1', port: 0 };
  const served = await serveCloud(world.cloud, { ...address, clock, random: random.fork('http') });
  started.defer(() => served.close());
  write(
    `A cloud of ${hosts} hosts and ${instances} instances (seed ${seed}) serves Keystone, Nova`,
  );
  write(
    `  and Placement at ${served.authUrl}, and runs ${TIMES_AS_FAST} times as fast as the clock`,
  );
  const replica = await options.startReplica(served.environment);
  started.defer(() => replica.stop());
  served.announce('instance-ha', `${replica.url}/v1`);
  write(`Medevac listens at ${replica.url}, with fencing trusted and storage shared`);
  const parts = { clock, random: random.fork('client') };
  const client = await openDemoClient(served.environment, parts);
  started.defer(() => client.close());
  return await recover(options, world, client);
}

async function recover(
  options: DemoOptions,
  world: DemoWorld,
  client: DemoClient,
): Promise<DemoOutcome> {
  const { clock, write } = options;
  const { victim } = world;
  const segment = await client.createSegment('demo', options.method);
  for (const host of world.hosts) {
    await client.addHost(segment, host, world.reserved.includes(host));
  }
  const kept = world.reserved.length === 0 ? '' : `, ${world.reserved.join(', ')} in reserve`;
  write(`Segment demo protects all ${world.hosts.length} hosts by ${options.method}${kept}\n`);
  const lost = world.instances.filter((one) => one.host === victim);
  world.cloud.powerOff(victim);
  const timeline = new Timeline(clock, write);
  timeline.say('kill', `${victim} loses its power, and ${lost.length} instances with it`);
  for (const one of lost.filter((instance) => !instance.isProtected)) {
    timeline.say(
      '',
      `(${one.name} has the metadata HA_Enabled=False: its owner wants no recovery)`,
    );
  }
  const notification = await client.reportFailure(victim);
  timeline.say('report', `notification ${notification} is accepted`);
  const trouble = await followRecovery(options, { world, client, timeline, notification });
  const faults = [...trouble, ...judgeRecovery(world)];
  await tellResult(options, { world, timeline, faults });
  return { faults };
}

interface Recovery {
  readonly world: DemoWorld;
  readonly client: DemoClient;
  readonly timeline: Timeline;
  readonly notification: string;
}

/** Tells what happens until the notification has its final answer; answers what went wrong. */
async function followRecovery(options: DemoOptions, recovery: Recovery): Promise<string[]> {
  const { world, client, timeline, notification } = recovery;
  const lost = world.instances.filter((one) => one.host === world.victim).length;
  const deadlineMs = DEADLINE_MS + lost * DEADLINE_PER_INSTANCE_MS;
  let view: NotificationView | undefined;
  while (timeline.elapsedMs < deadlineMs) {
    view = await client.readNotification(notification);
    timeline.follow(view);
    timeline.watch(world);
    if (FINAL.includes(view.status)) break;
    await options.clock.sleep(LOOK_MS, options.signal);
  }
  const status = view?.status ?? 'unknown';
  timeline.say('end', `the notification is ${status}${view?.message ? `: ${view.message}` : ''}`);
  if (status === 'finished') return [];
  return [`the notification is ${status} after ${Math.round(timeline.elapsedMs / 1000)} s`];
}

async function tellResult(
  options: DemoOptions,
  told: {
    readonly world: DemoWorld;
    readonly timeline: Timeline;
    readonly faults: readonly string[];
  },
): Promise<void> {
  const { write } = options;
  const { world, timeline, faults } = told;
  write('');
  for (const line of hostTable(world, await novaStates(world))) write(line);
  write('\n  since the host lost its power');
  for (const line of timeTable(timeline)) write(line);
  write('');
  if (faults.length > 0) {
    for (const fault of faults) write(`WRONG: ${fault}`);
    return;
  }
  const count = timeline.backMs.size;
  const which = count === 1 ? 'The 1 protected instance' : `All ${count} protected instances`;
  const run = count === 1 ? 'runs' : 'run';
  write(`${which} of ${world.victim} ${run} elsewhere, exactly once.`);
}

async function novaStates(world: DemoWorld): Promise<ReadonlyMap<HostName, string>> {
  const views = await world.cloud.nova.listComputeServices({}, { deadlineMs: DEADLINE_MS });
  return new Map(
    views.map((view) => [
      view.host,
      view.kind === 'seen'
        ? `${view.status}, ${view.forcedDown ? 'forced down' : view.state}`
        : 'unknown',
    ]),
  );
}
