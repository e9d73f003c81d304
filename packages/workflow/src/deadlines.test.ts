/** The deadlines of a run share one sleep, and each is kept to the moment all the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '@medevac/kernel';
import { Deadlines } from './deadlines.ts';

function setUp() {
  const clock = new ManualClock();
  const stop = new AbortController();
  const beganMs = clock.monotonicMs();
  const heard: string[] = [];
  const deadlines = new Deadlines(clock, stop.signal);
  const at = (ms: number, name: string) => deadlines.at(beganMs + ms, () => heard.push(name));
  return { clock, stop, heard, at };
}

test('a deadline that comes later and is due earlier is kept in time', async () => {
  const { clock, heard, at } = setUp();
  at(1_000, 'late');
  at(200, 'early');
  await clock.advance(199);
  assert.deepEqual(heard, []);
  await clock.advance(1);
  assert.deepEqual(heard, ['early']);
  await clock.advance(799);
  assert.deepEqual(heard, ['early']);
  await clock.advance(1);
  assert.deepEqual(heard, ['early', 'late']);
});

test('one that was called off is not acted on, and the next one is', async () => {
  const { clock, heard, at } = setUp();
  const callOff = at(100, 'called off');
  at(300, 'kept');
  callOff();
  await clock.advance(299);
  assert.deepEqual(heard, []);
  await clock.advance(1);
  assert.deepEqual(heard, ['kept']);
});

test('one that is made after all others were called off is acted on', async () => {
  const { clock, heard, at } = setUp();
  at(100, 'called off')();
  await clock.advance(200);
  at(250, 'kept');
  await clock.advance(50);
  assert.deepEqual(heard, ['kept']);
});

test('nothing is acted on once the run has stopped', async () => {
  const { clock, stop, heard, at } = setUp();
  at(100, 'too late');
  stop.abort(new Error('the run has stopped'));
  await clock.advance(1_000);
  assert.deepEqual(heard, []);
});
