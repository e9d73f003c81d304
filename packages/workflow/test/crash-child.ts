/**
 * One life of a process that carries a run on a real SQLite file. It kills itself with SIGKILL at
 * the point that its arguments name; without one it carries the run to its end and tells what
 * became of it. Arguments: directory, then `none`, `statement N`, `before N` or `after N`.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Json,
  OperationalError,
  type ReplicaId,
  type RunId,
  silentLog,
  systemClock,
  systemRandom,
} from '@medevac/kernel';
import { openSqlite } from '@medevac/store';
import {
  type Attempt,
  type JournalStore,
  type Scope,
  type WorkflowDefinition,
  WorkflowRunner,
} from '../src/index.ts';

const [directory = '', kind = 'none', number = '0'] = process.argv.slice(2);
const world = join(directory, 'world');
const RUN = 'crash' as RunId;
const RETRY = { maxAttempts: 5, firstDelayMs: 2, maxDelayMs: 2, factor: 1 };
const STEP = { deadlineMs: 60_000, retry: RETRY };

let statements = 0;
let calls = 0;

function dieAt(point: string, count: number): void {
  if (kind === point && Number(number) === count) process.kill(process.pid, 'SIGKILL');
}

const hasHappened = (name: string): boolean =>
  existsSync(world) && readFileSync(world, 'utf8').split('\n').includes(name);

/** The outside world: a line in a file, on the disk when it returns. */
function act(name: string): void {
  const call = ++calls;
  dieAt('before', call);
  const file = openSync(world, 'a');
  writeSync(file, `${name}\n`);
  fsyncSync(file);
  closeSync(file);
  dieAt('after', call);
}

/** Observes, and acts only if that is still needed. */
const ensure = (scope: Scope, name: string): Promise<Json> =>
  scope.step('effect', STEP, async (attempt: Attempt) => {
    if (!hasHappened(name)) await attempt.effect(async () => act(name));
    return name;
  });

async function failOnce(attempt: Attempt): Promise<Json> {
  const error = { code: 'test.once', retry: 'after', advice: '' } as const;
  if (attempt.number === 1) throw new OperationalError(error, 'the first try fails');
  return attempt.number;
}

const definition: WorkflowDefinition = {
  name: 'crash',
  version: 1,
  run: async (scope) => {
    const first = await scope.step('plain', STEP, async () => 1);
    await ensure(scope, 'begin');
    const options = { key: (item: string) => item, concurrency: 2 };
    await scope.forEach('children', ['a', 'b', 'c'], options, async (child, item) => {
      await child.step('plain', STEP, async () => item);
      await ensure(child, item);
    });
    const again = await scope.step('flaky', STEP, failOnce);
    return [first, again];
  },
  onInterrupted: () => Promise.reject(new Error('nothing interrupts this run')),
};

/** Tells when the end of the run has reached the disk. */
function noticingEnd(journal: JournalStore, ended: () => void): JournalStore {
  const noticed = Object.create(journal) as JournalStore;
  const members: Pick<JournalStore, 'finishRun'> = {
    finishRun: async (...parameters) => {
      const outcome = await journal.finishRun(...parameters);
      ended();
      return outcome;
    },
  };
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(journal))) {
    const member: unknown = Reflect.get(journal, name);
    if (typeof member === 'function') Reflect.set(noticed, name, member.bind(journal));
  }
  return Object.assign(noticed, members);
}

const opened = await openSqlite({
  directory,
  clock: systemClock,
  onStatement: () => dieAt('statement', ++statements),
});
const { journal, leases } = opened.stores;
const ended = Promise.withResolvers<void>();
const runner = new WorkflowRunner({
  journal: noticingEnd(journal, ended.resolve),
  leases,
  clock: systemClock,
  random: systemRandom,
  log: silentLog,
  replica: `process-${process.pid}` as ReplicaId,
  leaseMs: 10_000,
  isSoleProcess: true,
  definitions: [definition],
});
runner.start();
await runner.submit({ id: RUN, workflow: 'crash', input: null });
if ((await journal.readRun(RUN))?.state === 'running') await ended.promise;
await runner.stop();
const run = await journal.readRun(RUN);
const steps = await journal.readSteps(RUN);
await opened.close();
process.stdout.write(JSON.stringify({ statements, calls, run, steps }));
