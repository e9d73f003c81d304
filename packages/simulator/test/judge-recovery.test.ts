/**
 * The judge of the demo sees what is wrong whatever anybody says: recoveries made by hand, each
 * with one mistake, on virtual time.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@medevac/kernel';
import type { Nova } from '@medevac/openstack';
import { buildDemoWorld, type DemoWorld } from '../src/demo/demo-world.ts';
import { judgeRecovery } from '../src/demo/judge-recovery.ts';
import { VirtualTime } from '../src/time/virtual-time.ts';

const CALL = { deadlineMs: 60_000 };

interface Story {
  readonly time: VirtualTime;
  readonly world: DemoWorld;
  /** Lets a call to Nova end, and half a minute of the world pass. */
  ask<T>(act: (nova: Nova) => Promise<T>): Promise<T>;
  forceDown(): Promise<unknown>;
  evacuate(...names: readonly string[]): Promise<void>;
}

async function beginStory(): Promise<Story> {
  const time = new VirtualTime();
  const world = buildDemoWorld({ hosts: 3, instances: 9, reserved: 0 }, time, seededRandom(1));
  world.cloud.start();
  await time.advance(10_000);
  const ask: Story['ask'] = async (act) => {
    const asked = act(world.cloud.nova);
    await time.advance(3_000);
    return await asked;
  };
  const service = world.cloud.hosts().find((host) => host.name === world.victim);
  assert.ok(service);
  const change = { forcedDown: true, status: 'disabled', disabledReason: 'story' } as const;
  return {
    time,
    world,
    ask,
    forceDown: () => ask((nova) => nova.changeService(service.serviceUuid, change, CALL)),
    evacuate: async (...names) => {
      for (const one of world.instances.filter(({ name }) => names.includes(name))) {
        const outcome = await ask((nova) => nova.evacuate(one.uuid, undefined, CALL));
        assert.equal(outcome.kind, 'accepted');
      }
    },
  };
}

const namesOf = ({ world }: Story, isProtected: boolean): readonly string[] =>
  world.instances
    .filter((one) => one.host === world.victim && one.isProtected === isProtected)
    .map((one) => one.name);

test('finds nothing wrong with a recovery in the right order', async () => {
  const story = await beginStory();
  assert.equal(namesOf(story, true).length, 2);
  assert.equal(namesOf(story, false).length, 1);
  story.world.cloud.powerOff(story.world.victim);
  await story.forceDown();
  await story.evacuate(...namesOf(story, true));
  assert.deepEqual(judgeRecovery(story.world), []);
});

test('misses every protected instance that does not run, and the word to Nova', async () => {
  const story = await beginStory();
  story.world.cloud.powerOff(story.world.victim);
  const [first, second] = namesOf(story, true);
  assert.deepEqual(judgeRecovery(story.world), [
    `${first} runs nowhere`,
    `${second} runs nowhere`,
    `Nova was never told that ${story.world.victim} is down`,
  ]);
});

test('sees that the force-down was left out although all instances are back', async () => {
  const story = await beginStory();
  const { victim } = story.world;
  story.world.cloud.powerOff(victim);
  await story.time.advance(10_000);
  await story.evacuate(...namesOf(story, true));
  assert.deepEqual(judgeRecovery(story.world), [`Nova was never told that ${victim} is down`]);
});

test('sees that the force-down came after the evacuations', async () => {
  const story = await beginStory();
  const { victim } = story.world;
  story.world.cloud.powerOff(victim);
  await story.time.advance(10_000);
  await story.evacuate(...namesOf(story, true));
  await story.forceDown();
  const late = `instances were evacuated before Nova was told that ${victim} is down`;
  assert.deepEqual(judgeRecovery(story.world), [late]);
});

test('sees an instance that ran in two places, even if only one is left at the end', async () => {
  const story = await beginStory();
  const { victim, cloud } = story.world;
  await story.forceDown();
  const [first = ''] = namesOf(story, true);
  await story.evacuate(...namesOf(story, true));
  cloud.powerOff(victim);
  const faults = judgeRecovery(story.world);
  assert.ok(faults.some((fault) => fault.startsWith(`${first} ran on ${victim} and compute-`)));
});

test('sees a second evacuation, and an instance whose owner wanted none', async () => {
  const story = await beginStory();
  const { victim, cloud } = story.world;
  cloud.powerOff(victim);
  await story.forceDown();
  const [leftAlone = ''] = namesOf(story, false);
  const wanted = story.world.instances.find((one) => namesOf(story, true)[0] === one.name);
  assert.ok(wanted);
  const { nova } = cloud;
  await story.ask(() =>
    Promise.all([
      nova.evacuate(wanted.uuid, undefined, CALL),
      nova.evacuate(wanted.uuid, undefined, CALL),
    ]),
  );
  await story.evacuate(...namesOf(story, true).slice(1), leftAlone);
  const faults = judgeRecovery(story.world);
  assert.ok(faults.includes(`Nova was asked to evacuate ${wanted.uuid} a second time at once`));
  assert.ok(faults.some((fault) => fault.startsWith(`${leftAlone} was to be left alone`)));
});

test('sees what happened to instances of other hosts', async () => {
  const story = await beginStory();
  const { victim, cloud } = story.world;
  cloud.powerOff(victim);
  await story.forceDown();
  await story.evacuate(...namesOf(story, true));
  const bystander = story.world.instances.find((one) => one.host !== victim);
  const lost = story.world.instances.find((one) => one.host !== victim && one !== bystander);
  assert.ok(bystander && lost);
  cloud.act(bystander.uuid, 'stop');
  cloud.act(lost.uuid, 'delete');
  await story.time.advance(3_000);
  assert.deepEqual(judgeRecovery(story.world), [
    `${bystander.name} had no part in this, and runs nowhere`,
    `${lost.name} is gone`,
  ]);
});
