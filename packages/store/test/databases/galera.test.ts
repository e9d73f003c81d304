/**
 * Replicas on different nodes of one Galera cluster. Each node lets both of two writers in and says
 * only at the commit which of them has lost; whoever loses decides again on what is there.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { OpenedServer } from '../../src/index.ts';
import {
  newEvidence,
  newIncident,
  newNotification,
  openIncident,
  replica,
  segmentFields,
  takeTenure,
  uuid,
} from '../contract/sample-rows.ts';
import { openOwn } from './server-tables.ts';
import { requiredServers } from './test-servers.ts';

const ROUNDS = 30;

describe('Replicas on three Galera nodes', () => {
  let nodes: readonly OpenedServer[] = [];
  let close: () => Promise<void> = async () => {};
  before(async () => {
    const own = await openOwn(requiredServers().galera.map(({ url }) => url));
    nodes = own.opened;
    close = own.close;
  });
  after(() => close());

  /** The same call on every node at the same moment. */
  const onAll = <Answer>(
    call: (node: OpenedServer, n: number) => Promise<Answer>,
  ): Promise<readonly Answer[]> => Promise.all(nodes.map(call));

  const nodeAt = (n: number): OpenedServer => {
    const node = nodes[n % nodes.length];
    assert.ok(node);
    return node;
  };

  it('open one incident for a host that is reported to each at the same moment', async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      const hostName = `reported-${round}` as never;
      const answers = await onAll(async ({ stores }, n) => {
        const number = round * 10 + n;
        await stores.notifications.create(newNotification(number, { hostName }), 0);
        const incident = newIncident(number, { hostName });
        return await stores.incidents.openOrJoin(incident, uuid(number), newEvidence());
      });
      const kinds = answers.map(({ kind }) => kind).sort();
      assert.deepEqual(kinds, ['joined', 'joined', 'opened'], `round ${round}`);
      const ids = answers.map((one) => (one.kind === 'already-dispatched' ? '' : one.incident.id));
      assert.equal(new Set(ids).size, 1);
      const evidence = await nodeAt(round).stores.incidents.readEvidence(ids[0] as never);
      assert.equal(evidence.length, 3, 'each kept its evidence');
    }
  });

  it('keep one of several equal reports that arrive at each at the same moment', async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      const payload = { event: 'STOPPED', round: String(round) };
      const answers = await onAll(({ stores }, n) =>
        stores.notifications.create(newNotification(10_000 + round * 10 + n, { payload }), 60_000),
      );
      const kinds = answers.map(({ kind }) => kind).sort();
      assert.deepEqual(kinds, ['created', 'duplicate', 'duplicate'], `round ${round}`);
    }
  });

  it('take a lease one at a time, first and later', async () => {
    for (let round = 1; round <= ROUNDS; round++) {
      const name = `lease-${round}`;
      const first = await onAll(({ stores }, n) =>
        stores.leases.take(name, undefined, replica(`r${n}`)),
      );
      assert.equal(first.filter((tenure) => tenure !== undefined).length, 1);
      const seen = await nodeAt(round).stores.leases.read(name);
      const later = await onAll(({ stores }, n) =>
        stores.leases.take(name, seen, replica(`s${n}`)),
      );
      const winners = later.flatMap((tenure, n) => (tenure === undefined ? [] : [n]));
      assert.equal(winners.length, 1);
      const row = await nodeAt(round + 1).stores.leases.read(name);
      assert.deepEqual([row?.epoch, row?.holder], [2, `s${winners[0]}`]);
    }
  });

  it('see on every node at once what another has committed', async () => {
    await nodeAt(0).stores.segments.createSegment(uuid(1), segmentFields({ name: 's' }), 1);
    for (let round = 1; round <= 100; round++) {
      const description = `round ${round}`;
      await nodeAt(round).stores.segments.updateSegment(uuid(1), { description }, round);
      const read = await nodeAt(round + 1).stores.segments.readSegment(uuid(1));
      assert.equal(read?.description, description);
    }
  });

  it('carry a write out again that was given up at its commit', async () => {
    const insert = { name: 'row', holder: null, epoch: 1, beat: 0 };
    await nodeAt(0).database.write((db) => db.insertInto('lease').values(insert).execute());
    let tries = 0;
    const meet = Promise.withResolvers<void>();
    let waiting = 0;
    await onAll(({ database }) =>
      database.write(async (db) => {
        tries++;
        await db
          .updateTable('lease')
          .set((row) => ({ beat: row('beat', '+', 1) }))
          .where('name', '=', 'row')
          .execute();
        // In the first round every node has changed the row before any of them commits.
        if (++waiting === nodes.length) meet.resolve();
        await meet.promise;
      }),
    );
    assert.ok(tries > nodes.length, 'somebody has lost at the commit');
    assert.equal((await nodeAt(1).stores.leases.read('row'))?.beat, nodes.length);
  });

  it('keep all evidence that floods in on all nodes, in one order', async () => {
    await openIncident(nodeAt(0).stores, 900);
    const flood = nodes.flatMap(({ stores }, n) =>
      Array.from({ length: 50 }, (_, k) =>
        stores.incidents.addEvidence(
          newIncident(900).hostName,
          newEvidence({ content: n * 100 + k }),
        ),
      ),
    );
    assert.ok((await Promise.all(flood)).every((answer) => answer === 'added'));
    const views = await onAll(({ stores }) => stores.incidents.readEvidence(uuid(900)));
    assert.equal(views[0]?.length, 151);
    assert.deepEqual(views[1], views[0]);
    assert.deepEqual(views[2], views[0]);
  });

  it('write under one tenure only, whichever node the old holder writes on', async () => {
    const { stores } = nodeAt(0);
    const old = await takeTenure(stores, 'run/901');
    const seen = await nodeAt(1).stores.leases.read('run/901');
    const answers = await Promise.all([
      nodeAt(2).stores.leases.renew(old),
      nodeAt(1).stores.leases.take('run/901', seen, replica('next')),
    ]);
    const [renewed, taken] = answers;
    assert.equal(renewed, taken === undefined, 'either the beat was first or the taker');
    const late = await nodeAt(2).stores.leases.renew(old);
    assert.equal(late, taken === undefined);
  });
});
