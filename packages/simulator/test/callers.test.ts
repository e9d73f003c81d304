/** Callers of a simulated world, and whether the books about them notice what must not be. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NotificationRecord } from '@medevac/engine';
import { seededRandom } from '@medevac/kernel';
import { openMemory } from '@medevac/store';
import { ApiWay, type NetworkFault, type Reply } from '../src/callers/api-way.ts';
import { observerOf, STRANGER } from '../src/callers/caller-identity.ts';
import { HOST_STOPPED } from '../src/callers/callers.ts';
import { type Report, sendReport } from '../src/callers/monitor.ts';
import { ReportBook } from '../src/callers/report-book.ts';
import { judge } from '../src/invariants/invariant.ts';
import { ReplicaLife } from '../src/run/replica-life.ts';
import { VirtualTime } from '../src/time/virtual-time.ts';

const REPORT: Report = {
  type: 'COMPUTE_HOST',
  hostname: 'compute-1',
  generatedAtMs: Date.UTC(2026, 0, 1),
  payload: HOST_STOPPED,
};
const status = (code: number): Reply => ({ kind: 'answer', status: code, body: {} });

/** Two replicas, each of which gives its next answer, and stands still when it has none. */
function openWay(answers: readonly (readonly number[])[], fault?: string) {
  const time = new VirtualTime();
  const asked: number[] = [];
  const replicas = answers.map((codes, index) => {
    const left = [...codes];
    return {
      life: new ReplicaLife({ offsetMs: 0, rate: 1 }),
      api: async () => {
        asked.push(index + 1);
        const code = left.shift();
        return code === undefined ? await new Promise<never>(() => {}) : { status: code, body: {} };
      },
    };
  });
  const faults = new Set<NetworkFault>();
  if (fault !== undefined) faults.add({ how: fault, share: 1, random: seededRandom(1) });
  const way = new ApiWay({ clock: time, replicas: () => replicas, faults, latencyMs: () => 0 });
  const replies: Reply[] = [];
  const send = async (): Promise<Reply | undefined> => {
    const parts = { clock: time, way, name: 'monitor', replica: 0 };
    const sent = sendReport(REPORT, { ...parts, onReply: (reply) => void replies.push(reply) });
    let isDone = false;
    void sent.then(() => {
      isDone = true;
    });
    await time.runUntil(() => isDone, 3_600_000);
    return await sent;
  };
  return { time, way, replicas, faults, asked, replies, send };
}

describe('a monitor', () => {
  for (const code of [202, 400, 409]) {
    it(`takes ${code} for final`, async () => {
      const { asked, send } = openWay([[code], [500]]);
      assert.deepEqual(await send(), status(code));
      assert.deepEqual(asked, [1]);
    });
  }

  it('tries again at the next replica ten seconds after a 503 and a refused connection', async () => {
    const { asked, replicas, send, time } = openWay([[503, 202], []]);
    replicas[1]?.life.kill();
    assert.deepEqual(await send(), status(202));
    assert.deepEqual(asked, [1, 1]);
    assert.equal(time.monotonicMs(), 20_000);
  });

  it('gives up after thirteen tries, and its report is forgotten', async () => {
    const { asked, send, time } = openWay([Array<number>(13).fill(500)]);
    assert.equal(await send(), undefined);
    assert.equal(asked.length, 13);
    assert.equal(time.monotonicMs(), 120_000);
  });

  it('waits a minute for a replica that stands still', async () => {
    const { replies, send, time } = openWay([[], [202]]);
    assert.deepEqual(await send(), status(202));
    assert.deepEqual(replies[0], { kind: 'none', why: 'timeout' });
    assert.equal(time.monotonicMs(), 70_000);
  });

  it('hears at once that a replica died with its request', async () => {
    const { replicas, replies, send, time } = openWay([[], [202]]);
    void time.sleep(1_000).then(() => replicas[0]?.life.kill());
    assert.deepEqual(await send(), status(202));
    assert.deepEqual(replies[0], { kind: 'none', why: 'broken-off' });
    assert.equal(time.monotonicMs(), 11_000);
  });

  it('asks again when the reply is lost, although it was heard', async () => {
    const { asked, send } = openWay([Array<number>(13).fill(202)], 'lost-reply');
    assert.equal(await send(), undefined);
    assert.equal(asked.length, 13);
  });
});

/** A book over memory stores; `broken` are the invariants that it has seen broken. */
function openBook() {
  const time = new VirtualTime();
  const broken: string[] = [];
  const stores = openMemory();
  const book = new ReportBook({
    clock: time,
    judge: (invariants, facts) => {
      const found = judge(invariants, facts, { atMs: 0, isOutside: false });
      broken.push(...found.map((one) => one.invariant));
    },
    onHostFailure: () => {},
  });
  const listened = book.listen(stores);
  const keep = async (uuid: string, windowMs: number, generatedAtMs = REPORT.generatedAtMs) => {
    const fields = { ...REPORT, hostName: REPORT.hostname, hostUuid: 'h', segmentUuid: 's' };
    const row = { ...fields, uuid, generatedAtMs, createdAtMs: 1, reportedBy: observerOf('m') };
    await listened.notifications.create(row as unknown as NotificationRecord, windowMs);
  };
  const hear = async (sender: string, code: number, body: unknown = {}): Promise<void> => {
    const reply: Reply = { kind: 'answer', status: code, body };
    await book.hear(REPORT, sender, { reply, sentAtMs: 0 });
  };
  return { book, broken, hear, keep, listened };
}

const DUPLICATE = { conflictingRequest: { code: 409, message: 'The notification is duplicate.' } };
const accepted = (uuid: string) => ({ notification: { notification_uuid: uuid } });

describe('the book of reports', () => {
  it('finds nothing wrong with a report that was kept and accepted', async () => {
    const { book, broken, hear, keep } = openBook();
    await keep('n-1', 0);
    await hear('m', 202, accepted('n-1'));
    assert.deepEqual([broken, book.kept], [[], ['n-1']]);
  });

  it('notices a report that was accepted and not kept, or kept as somebody else wrote it', async () => {
    const { broken, hear, keep } = openBook();
    await hear('m', 202, accepted('n-1'));
    await keep('n-2', 0);
    await hear('another', 202, accepted('n-2'));
    assert.deepEqual(broken, ['accepted-report-is-kept', 'accepted-report-is-kept']);
  });

  it('notices a second notification of equal reports', async () => {
    const { broken, keep } = openBook();
    await keep('n-1', 0);
    await keep('n-2', -1);
    assert.deepEqual(broken, ['equal-reports-are-one-notification']);
  });

  it('notices a refused copy that is no evidence, and none that is', async () => {
    const { broken, hear, keep, listened } = openBook();
    await keep('n-1', 0);
    await hear('m', 409, DUPLICATE);
    assert.deepEqual(broken, ['refused-copy-is-evidence']);
    const evidence = { kind: 'failure', source: 'notification', content: {}, receivedAtMs: 1 };
    const copy = { ...evidence, observer: observerOf('m') } as const;
    type Keep = Parameters<typeof listened.incidentCommands.keepCopy>;
    await listened.incidentCommands.keepCopy(...(['compute-1', 'n-1', copy] as unknown as Keep));
    await hear('m', 409, DUPLICATE);
    assert.equal(broken.length, 1);
  });

  it('notices a stranger who is listened to', async () => {
    const { broken, hear } = openBook();
    await hear(STRANGER, 403);
    assert.deepEqual(broken, []);
    await hear(STRANGER, 409, DUPLICATE);
    assert.deepEqual(broken, ['stranger-has-no-word']);
  });
});
