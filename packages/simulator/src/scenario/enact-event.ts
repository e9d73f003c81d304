/** Makes one event of a scenario happen. */
import { type HostName, type InstanceUuid, seededRandom } from '@medevac/kernel';
import type { IncidentOrder } from '../callers/confirm-off.ts';
import type { ActiveFault } from '../run/faulty-ports.ts';
import type { EventKind, EventOf, ScenarioEvent } from './events-file.ts';
import type { ScenarioWorld } from './scenario-world.ts';

type Acts = {
  readonly [Kind in EventKind]: (
    world: ScenarioWorld,
    event: EventOf<Kind>,
  ) => Promise<void> | void;
};

/** In an outage every call fails. */
const OUTAGE: ActiveFault = { how: 'outage', share: 1, random: seededRandom(0) };
/** For so long what a failing-over database has under way is committed or lost, unheard. */
const TORN_MS = 500;

const ACTS: Acts = {
  crash: ({ cloud }, { host }) => cloud.crash(host),
  'power-off': ({ cloud }, { host }) => cloud.powerOff(host),
  'power-on': ({ cloud }, { host }) => cloud.powerOn(host),
  hang: ({ cloud }, { host }) => cloud.hang(host, 'hung'),
  pause: ({ cloud }, { host }) => cloud.hang(host, 'paused'),
  resume: ({ cloud }, { host }) => cloud.resume(host),
  'stop-compute': ({ cloud }, { host }) => cloud.stopCompute(host),
  'restart-compute': ({ cloud }, { host }) => cloud.restartCompute(host),
  partition: ({ cloud }, { host, network, way }) => cloud.partition(host, network, way),
  messages: ({ cloud }, { host, how, share }) =>
    cloud.troubleMessages(host, { how, share, random: seededRandom(0) }),
  'messages-well': ({ cloud }, { host }) => cloud.troubleMessages(host),
  bmc: ({ cloud }, { host, state }) => cloud.setBmc(host, state),
  feed: ({ gear, narrator }, { host, feed, state }) => {
    narrator.say('world', `${feed} of ${host} is ${state === 'works' ? 'well' : state}`);
    for (const feeds of [gear.feeds, gear.outlets]) feeds.set(feed, host, state);
  },
  'peer-fencing': ({ gear, narrator }, event) => {
    const { action, agoMs, delegate, host, status } = event;
    const ago = agoMs === 0 ? '' : `, ${agoMs / 1000} s ago`;
    narrator.say('peer', `${delegate} shows ${action} of ${host}: ${status}${ago}`);
    gear.peer.claim({ action, agoMs, delegate, status, target: host });
  },
  'confirm-off': async ({ callers, narrator }, { host, reason }) => {
    const answer = await callers.confirmOff(host as HostName, reason);
    const told = answer.kind === 'refused' ? `refused: ${answer.message}` : answer.kind;
    narrator.say('operator', `says that ${host} is off (${reason}): ${told}`);
  },
  command: (world, { command, host, isEnded }) =>
    commandIncident(world, host, { command, body: {}, isEnded }),
  'choose-method': (world, { host, method }) =>
    commandIncident(world, host, { command: 'method', body: { method } }),
  'retry-instance': (world, { host, instance, isEnded }) => {
    const body = { instance_uuid: uuidOf(world, instance) };
    return commandIncident(world, host, { command: 'retry', body, isEnded });
  },
  heal: ({ cloud }, { host }) => cloud.heal(host),
  'cell-down': ({ cloud }, { host }) => cloud.cellDown(host),
  'cell-up': ({ cloud }, { host }) => cloud.cellUp(host),
  'slow-down': ({ cloud }, { host, times }) => cloud.slowDown(host, times),
  'set-room': ({ cloud }, { host, room }) => cloud.setRoom(host, room),
  'fail-claims': (world, { host, times }) => {
    world.narrator.say('world', `the next ${times} claims on ${host} fail`);
    world.cloud.failClaims(host, times);
  },
  report: (world, event) => world.reports.report(withUuid(world, event)),
  'guest-crash': (world, { instance }) => world.cloud.crashGuest(uuidOf(world, instance)),
  owner: (world, { instance, action }) => world.cloud.act(uuidOf(world, instance), action),
  operator: (world, { instance, action }) => {
    const uuid = uuidOf(world, instance);
    const { operator } = world.cloud;
    if (action === 'delete') operator.deleteInstance(uuid);
    else if (action === 'live-migrate') operator.liveMigrate(uuid);
    else if (action === 'lock') operator.lock(uuid, 'an audit');
    else operator.unlock(uuid);
  },
  'live-migration': (world, { instance, to, status }) => {
    world.narrator.say('world', `the live migration of ${instance} to ${to} is ${status}`);
    world.migrations.show(uuidOf(world, instance), to as HostName, status);
  },
  'forced-down': ({ cloud }, { host, isForcedDown }) => cloud.setForcedDown(host, isForcedDown),
  'enable-host': ({ cloud }, { host }) => cloud.enable(host),
  maintenance: setMaintenance,
  drain: async ({ callers, narrator }, { host, parallel, deadlineSeconds }) => {
    const order = { parallel, deadlineSeconds };
    const outcome = await callers.operator.drain(host as HostName, order);
    narrator.say('operator', `asks for a drain of ${host}: ${outcome}`);
  },
  undrain: (world, { host }) => orderDrain(world, host, 'undrain'),
  'cancel-drain': (world, { host }) => orderDrain(world, host, 'cancel'),
  segment: setSegment,
  'kill-replica': (world, { replica }) => {
    world.narrator.say('fault', `replica-${replica} is killed`);
    world.replica(replica).life.kill();
  },
  'start-replica': (world, { replica }) => {
    world.narrator.say('fault', `replica-${replica} is started`);
    world.startReplica(replica);
  },
  'pause-replica': (world, { replica }) => {
    world.narrator.say('fault', `replica-${replica} is paused`);
    world.replica(replica).life.pause();
  },
  'resume-replica': (world, { replica }) => {
    world.narrator.say('fault', `replica-${replica} goes on`);
    world.replica(replica).life.resume();
  },
  'clock-jump': (world, { replica, ms }) => {
    world.narrator.say('fault', `the wall clock of replica-${replica} jumps by ${ms} ms`);
    world.replica(replica).life.jumpWall(ms);
  },
  hook: ({ hooks }, change) => hooks.change(change),
  'database-down': (world) => {
    world.narrator.say('fault', 'the database is down');
    world.databaseFaults.add(OUTAGE);
  },
  'database-up': (world) => {
    world.narrator.say('fault', 'the database is up');
    world.databaseFaults.delete(OUTAGE);
  },
  'database-failover': async ({ databaseFaults, narrator, time }, { forMs }) => {
    narrator.say('fault', 'the database fails over');
    const torn: ActiveFault = { how: 'torn', share: 1, random: seededRandom(0) };
    databaseFaults.add(torn);
    await time.sleep(TORN_MS);
    databaseFaults.delete(torn);
    databaseFaults.add(OUTAGE);
    await time.sleep(forMs);
    databaseFaults.delete(OUTAGE);
    narrator.say('fault', 'the database is up');
  },
  'call-fault': ({ callFaults }, event) => callFaults.add(event),
};

export async function enactEvent(world: ScenarioWorld, event: ScenarioEvent): Promise<void> {
  const act = ACTS[event.event] as (world: ScenarioWorld, event: ScenarioEvent) => unknown;
  await act(world, event);
}

function uuidOf(world: ScenarioWorld, name: string): InstanceUuid {
  const found = world.cloud.instances().find((one) => one.server.name === name);
  if (found === undefined) throw new Error(`there is no instance ${name}`);
  return found.server.uuid;
}

/** A report may name an instance as the scenario does. */
function withUuid(world: ScenarioWorld, event: EventOf<'report'>): EventOf<'report'> {
  const name = event.payload['instance_uuid'];
  const known = world.cloud.instances().find((one) => one.server.name === name);
  if (known === undefined) return event;
  return { ...event, payload: { ...event.payload, instance_uuid: known.server.uuid } };
}

async function commandIncident(
  { callers, narrator }: ScenarioWorld,
  host: string,
  order: IncidentOrder,
): Promise<void> {
  const answer = await callers.command(host as HostName, order);
  const told = answer.kind === 'refused' ? `refused: ${answer.message}` : answer.kind;
  narrator.say('operator', `asks for ${order.command} of the incident of ${host}: ${told}`);
}

async function setMaintenance(
  { callers, narrator }: ScenarioWorld,
  { host, onMaintenance }: EventOf<'maintenance'>,
): Promise<void> {
  const outcome = await callers.operator.setMaintenance(host as HostName, onMaintenance);
  narrator.say('operator', `sets on_maintenance of ${host} to ${onMaintenance}: ${outcome}`);
}

async function orderDrain(
  { callers, narrator }: ScenarioWorld,
  host: string,
  what: 'cancel' | 'undrain',
): Promise<void> {
  const outcome = await callers.operator.orderDrain(host as HostName, what);
  narrator.say('operator', `asks for the ${what} of ${host}: ${outcome}`);
}

async function setSegment(
  { callers, narrator }: ScenarioWorld,
  { enabled }: EventOf<'segment'>,
): Promise<void> {
  const outcome = await callers.operator.setEnabled(enabled);
  narrator.say('operator', `sets enabled of the segment to ${enabled}: ${outcome}`);
}
