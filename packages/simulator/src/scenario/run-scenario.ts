/**
 * Runs the scenario of a folder: the real engine on memory stores in the simulated cloud, on
 * virtual time. The same folder gives the same log, byte for byte, on every machine.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf, OperationalError } from '@medevac/kernel';
import type { Violation } from '../invariants/invariant.ts';
import { enactEvent } from './enact-event.ts';
import { parseEvents, type ScenarioEvent } from './events-file.ts';
import { SCENARIO_ERRORS } from './read-fields.ts';
import { ScenarioWorld } from './scenario-world.ts';
import { hostNames, parseWorld, type WorldSpec } from './world-file.ts';

export interface Scenario {
  readonly name: string;
  readonly folder: string;
  readonly world: WorldSpec;
  readonly events: readonly ScenarioEvent[];
}

export interface ScenarioRun {
  readonly scenario: Scenario;
  readonly log: readonly string[];
  readonly violations: readonly Violation[];
}

/** Where the shipped scenarios are. */
export const SCENARIOS_FOLDER = join(import.meta.dirname, '..', '..', 'scenarios');

/** A folder, or the name of a shipped scenario. */
export function loadScenario(nameOrFolder: string): Scenario {
  const shipped = join(SCENARIOS_FOLDER, nameOrFolder);
  const folder = existsSync(join(nameOrFolder, 'world.json')) ? nameOrFolder : shipped;
  const world = parseWorld(...readJson(folder, 'world.json'));
  const count = world.instances.reduce((sum, one) => sum + one.count, 0);
  const names = {
    hosts: hostNames(world.hosts),
    instances: Array.from({ length: count }, (_, index) => `vm-${index + 1}`),
  };
  const events = parseEvents(...readJson(folder, 'events.json'), names);
  return { name: basename(folder), folder, world, events };
}

export async function runScenario(scenario: Scenario): Promise<ScenarioRun> {
  const world = new ScenarioWorld(scenario.world);
  await world.open();
  for (const event of scenario.events) {
    const run = async (): Promise<void> => {
      await world.time.sleep(event.atMs - world.time.monotonicMs());
      await enactEvent(world, event);
    };
    run().catch((error: unknown) => world.fail(event.event, error));
  }
  await world.time.advance(scenario.world.runForMs - world.time.monotonicMs());
  await sayEnd(world);
  world.close();
  return { scenario, log: world.narrator.log, violations: world.violations };
}

/** How everything stands when the time is up. */
async function sayEnd(world: ScenarioWorld): Promise<void> {
  const { cloud, narrator, stores } = world;
  for (const { name, power, kernel, service } of cloud.hosts()) {
    const row = await stores.segments.findHost(name);
    const state = power === 'off' ? 'off' : kernel;
    const isUntouched = state === 'running' && service.isEnabled && !service.isForcedDown;
    if (isUntouched && row?.onMaintenance === false) continue;
    const said = [
      state,
      service.isEnabled ? 'enabled' : 'disabled',
      service.isForcedDown ? 'forced down' : 'not forced down',
      row?.onMaintenance === true ? 'on maintenance' : 'not on maintenance',
    ];
    narrator.say('end', `${name}: ${said.join(', ')}`);
  }
  const lines = cloud.instances().map(({ server, runsOn, starts }) => {
    const task = server.taskState === null ? '' : ` (${server.taskState})`;
    const runs = runsOn.length === 0 ? 'runs nowhere' : `runs on ${runsOn.join(' and ')}`;
    const lock = server.locked ? `, locked: ${server.lockedReason}` : '';
    return {
      name: server.name,
      said: `${server.vmState}${task}, ${runs}, started ${starts} times${lock}`,
    };
  });
  if (world.spec.instanceLines === 'each') {
    for (const { name, said } of lines) narrator.say('end', `${name}: ${said}`);
    return;
  }
  for (const [said, group] of Map.groupBy(lines, (one) => one.said)) {
    narrator.say('end', `${group.length} instances: ${said}`);
  }
}

function readJson(folder: string, name: string): [string, unknown] {
  const file = join(folder, name);
  try {
    return [join(basename(folder), name), JSON.parse(readFileSync(file, 'utf8')) as unknown];
  } catch (cause) {
    const message = `${file}: ${messageOf(cause)}`;
    throw new OperationalError(SCENARIO_ERRORS.unreadable, message, { cause });
  }
}
