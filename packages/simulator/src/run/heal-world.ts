/** A run after its faults: all of them cease, and an operator looks through the cloud. */
import { SEGMENT_KEY } from '../callers/kept-back.ts';
import { REPORT_MS, ROOM } from './run-settings.ts';
import type { RunWorld } from './run-world.ts';

const LEAST_ALIVE = 3;

/** Every fault ends, and some of the dead hosts are switched on. */
export function healWorld(world: RunWorld): void {
  const { cloud } = world;
  world.say('all faults cease');
  world.cloudFaults.clear();
  world.storeFaults.clear();
  cloud.cellUp();
  for (const { name, kernel, cutOff, computeRuns, bmc, isTroubled } of cloud.hosts()) {
    if (kernel === 'hung' || kernel === 'paused') cloud.resume(name);
    if (cutOff.length > 0) cloud.heal(name);
    if (kernel === 'running' && !computeRuns) cloud.restartCompute(name);
    if (bmc !== 'works') cloud.setBmc(name, 'works');
    if (isTroubled) cloud.troubleMessages(name);
    cloud.slowDown(name, 1, REPORT_MS);
    cloud.setRoom(name, ROOM);
    world.speaks(name);
  }
  world.callers.networkFaults.clear();
  const dead = cloud.hosts().filter((host) => host.power === 'off' || host.kernel === 'crashed');
  const alive = world.plan.hosts - dead.length;
  const toWake = Math.max(LEAST_ALIVE - alive, Math.floor(dead.length / 2));
  for (const { name } of dead.toReversed().slice(0, toWake)) cloud.powerOn(name);
  world.replicas.heal();
}

/** Puts to use again what is kept back or back, one look at a time. */
export class LookingOperator {
  readonly #world: RunWorld;
  #isLooking = false;

  constructor(world: RunWorld) {
    this.#world = world;
  }

  look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    void lookThrough(this.#world)
      .catch((error: unknown) => this.#world.fail('the operator', error))
      .finally(() => {
        this.#isLooking = false;
      });
  }
}

/** Where instances are moved back, hosts are put back to service by an approval alone. */
async function approvable({ plan, stores }: RunWorld): Promise<readonly string[]> {
  if (plan.movesBack !== true) return [];
  const open = await stores.returns.listOpen(1_000);
  return open.filter(({ state }) => state === 'cleared').map(({ hostName }) => hostName);
}

async function lookThrough(world: RunWorld): Promise<void> {
  const { operator, keptBack } = world.callers;
  // Reserved hosts may all be in use or dead: whoever looks through the cloud lets Nova choose.
  if (world.plan.recoveryMethod === 'reserved_host') await operator.setMethod('auto');
  const kept = new Set(keptBack.keys);
  const returning = new Set(await approvable(world));
  if (kept.has(SEGMENT_KEY)) await world.keepBack('segment', false);
  const { steering } = world.ledger;
  for (const host of steering.paused) await world.steer(host, { command: 'resume', body: {} });
  for (const host of steering.bound) {
    await world.steer(host, { command: 'method', body: { method: 'auto' } });
  }
  for (const { name } of world.cloud.hosts()) {
    const isWaitedFor = world.ledger.openIncident(name)?.state === 'fence_failed';
    const isForHand = world.fencing === 'required' && world.cloud.isDead(name) && isWaitedFor;
    if (isForHand) await world.callers.confirmOff(name, 'seen from the aisle');
  }
  for (const { name, isReporting, service } of world.cloud.hosts()) {
    // What is kept in reserve stays disabled until a recovery needs it.
    if ((await world.stores.segments.findHost(name))?.reserved === true) continue;
    const isBack = isReporting && !service.isForcedDown && !service.isEnabled;
    if (isBack && !returning.has(name)) world.cloud.enable(name);
    if (isBack) await operator.setMaintenance(name, false);
    else if (kept.has(name)) await world.keepBack('maintenance', false, name);
  }
}
