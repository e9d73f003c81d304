/**
 * The recovery of a host by a process on a real SQLite file that is killed before and after each of
 * its outside calls, and continued by a new process. The cloud outlives both.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { systemClock } from '@medevac/kernel';
import type { HostRecord, NotificationRecord, VmoveRecord } from '../src/index.ts';
import { FakeAggregates } from './fake-aggregates.ts';
import { FakeNova } from './fake-nova.ts';

const CHILD = join(import.meta.dirname, 'crash-child.ts');
const CODE = mkdtempSync(join(tmpdir(), 'medevac-crash-code-'));
const INSTANCES = 5;
const AT_ONCE = 2;
const CALL = { deadlineMs: 10_000 };

interface Ending {
  readonly calls: number;
  readonly notification: NotificationRecord;
  readonly page: { readonly rows: readonly VmoveRecord[] };
  readonly host: HostRecord;
  readonly run: { readonly state: string };
}

interface Ask {
  readonly id: number;
  readonly name: string;
  readonly parameters: readonly unknown[];
}

/** A small cloud on real time, whose host has just died. */
function deadCloud(): FakeNova {
  const nova = new FakeNova({
    clock: systemClock,
    reportMs: 100,
    scheduleMs: 10,
    bootMs: 30,
    latencyMs: 1,
    wholeSeconds: false,
  });
  for (const name of ['dead', 'alive-1', 'alive-2']) nova.addHost(name);
  for (let count = 0; count < INSTANCES; count++) nova.addServer('dead');
  nova.crash('dead');
  return nova;
}

/** One life of a replica; its ending, or `undefined` when it was killed. */
function live(nova: FakeNova, ...parameters: readonly string[]): Promise<Ending | undefined> {
  const placement = new FakeAggregates(nova, systemClock);
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, parameters, {
      execArgv: [],
      env: { ...process.env, NODE_COMPILE_CACHE: CODE },
    });
    let ending: Ending | undefined;
    child.on('message', (message: Ask | { readonly ending: Ending }) => {
      if ('ending' in message) {
        ending = message.ending;
        return;
      }
      const owner = message.name in nova ? nova : placement;
      const ask = Reflect.get(owner, message.name) as (...all: unknown[]) => Promise<unknown>;
      // What is left out arrives as null.
      void ask
        .call(owner, ...message.parameters.map((one) => one ?? undefined), CALL)
        .then((value) => {
          if (child.connected) child.send({ id: message.id, value }, () => {});
        });
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(ending);
      else reject(new Error(`exit ${code} ${signal}`));
    });
  });
}

async function crashAndResume(...point: readonly string[]): Promise<Ending | undefined> {
  const directory = mkdtempSync(join(tmpdir(), 'medevac-crash-'));
  const nova = deadCloud();
  try {
    const first = await live(nova, directory, ...point);
    const ending = first ?? (await live(nova, directory, 'none'));
    assert.ok(ending !== undefined);
    assertFinal(nova, ending);
    return first;
  } catch (error) {
    throw new Error(`killed at ${point.join(' ')}: ${nova.writes.join('; ')}`, { cause: error });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function assertFinal(nova: FakeNova, { notification, page, host, run }: Ending): void {
  assert.equal(notification.status, 'finished');
  assert.equal(run.state, 'succeeded');
  assert.equal(host.onMaintenance, true);
  assert.deepEqual(nova.violations, []);
  assert.equal(nova.writes.filter((one) => one.startsWith('PUT')).length, 1, 'one force-down');
  assert.equal(nova.starts.length, INSTANCES);
  for (const server of nova.servers.values()) {
    const statuses = nova.evacuationsOf(server.uuid).map((one) => one.status);
    assert.deepEqual(statuses, ['done'], `${server.name} was evacuated once`);
  }
  assert.deepEqual(
    page.rows.map((one) => one.status),
    Array.from({ length: INSTANCES }, () => 'succeeded'),
  );
}

describe('a replica that is killed', () => {
  after(() => rmSync(CODE, { recursive: true }));

  it('D1: before or after any outside call is continued by a new process', async (context) => {
    const whole = await crashAndResume('none');
    assert.ok(whole !== undefined);
    let covered = 0;
    for (const kind of ['before', 'after']) {
      let next = 1;
      let survived = Number.POSITIVE_INFINITY;
      const worker = async (): Promise<void> => {
        while (next < survived) {
          const point = next++;
          if ((await crashAndResume(kind, String(point))) === undefined) covered++;
          else survived = Math.min(survived, point);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    }
    assert.ok(covered >= 2 * (INSTANCES + 5), `${covered} points`);
    context.diagnostic(`crash points: ${covered} outside calls of a host failure`);
  });
});
