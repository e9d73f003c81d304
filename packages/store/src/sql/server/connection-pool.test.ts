/** The pool: its bound, its order, its deadlines, and which connections it hands out again. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '@medevac/kernel';
import { ConnectionPool, DeadlineError, PoolClosedError } from './connection-pool.ts';
import type { ServerConnection } from './server-connection.ts';

class FakeConnection implements ServerConnection {
  open = true;
  closed = false;
  answers = true;

  query(): ReturnType<ServerConnection['query']> {
    return this.answers ? Promise.resolve({ rows: [] }) : new Promise(() => {});
  }

  isOpen(): boolean {
    return this.open;
  }

  cut(): void {
    this.open = false;
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

function poolOf(limit: number) {
  const clock = new ManualClock();
  const made: FakeConnection[] = [];
  let refuses = false;
  const connect = async (): Promise<ServerConnection> => {
    if (refuses) throw new Error('refused');
    const connection = new FakeConnection();
    made.push(connection);
    return connection;
  };
  const pool = new ConnectionPool({ clock, limit, deadlineMs: 1_000, connect });
  const refuse = (yes: boolean): void => {
    refuses = yes;
  };
  return { pool, clock, made, refuse };
}

const turns = async (): Promise<void> => {
  for (let n = 0; n < 10; n++) await Promise.resolve();
};

describe('ConnectionPool', () => {
  it('makes no more than the limit and hands them on in the order of asking', async () => {
    const { pool, made } = poolOf(2);
    const [first, second] = [await pool.acquire(), await pool.acquire()];
    const order: string[] = [];
    const third = pool.acquire().then((one) => (order.push('third'), one));
    const fourth = pool.acquire().then((one) => (order.push('fourth'), one));
    await turns();
    assert.deepEqual(order, []);
    pool.release(second);
    pool.release(first);
    assert.deepEqual([await third, await fourth], [second, first]);
    assert.deepEqual(order, ['third', 'fourth']);
    assert.equal(made.length, 2);
  });

  it('gives up waiting at the deadline, and the place is not lost', async () => {
    const { pool, clock } = poolOf(1);
    const only = await pool.acquire();
    const late = pool.acquire();
    const refused = assert.rejects(late, DeadlineError);
    await turns();
    await clock.advance(1_001);
    await refused;
    pool.release(only);
    assert.equal(await pool.acquire(), only);
  });

  it('cuts a connection whose statement has no answer in time, and makes another', async () => {
    const { pool, clock, made } = poolOf(1);
    const stuck = await pool.acquire();
    const [fake] = made;
    assert.ok(fake);
    fake.answers = false;
    const refused = assert.rejects(pool.query(stuck, 'select 1', []), DeadlineError);
    await turns();
    await clock.advance(1_001);
    await refused;
    assert.equal(stuck.isOpen(), false);
    pool.release(stuck);
    assert.notEqual(await pool.acquire(), stuck);
  });

  it('does not hand out what the server has ended, nor what was long unused', async () => {
    const { pool, clock, made } = poolOf(1);
    const first = await pool.acquire();
    pool.release(first);
    made[0]?.cut();
    const second = await pool.acquire();
    assert.notEqual(second, first);
    pool.release(second);
    await clock.advance(30_001);
    const third = await pool.acquire();
    assert.notEqual(third, second);
    assert.ok(made[1]?.closed);
  });

  it('gives the place of a connection that could not be made to the next in line', async () => {
    const { pool, refuse } = poolOf(1);
    const first = await pool.acquire();
    const second = pool.acquire();
    const third = pool.acquire();
    refuse(true);
    first.cut();
    pool.release(first);
    await assert.rejects(second, /refused/);
    await assert.rejects(third, /refused/);
    refuse(false);
    assert.ok((await pool.acquire()).isOpen());
  });

  it('refuses those who wait when it is closed, and waits for those at work', async () => {
    const { pool, made } = poolOf(1);
    const working = await pool.acquire();
    const waiting = assert.rejects(pool.acquire(), PoolClosedError);
    let isClosed = false;
    const closing = pool.close().then(() => {
      isClosed = true;
    });
    await waiting;
    await turns();
    assert.equal(isClosed, false);
    pool.release(working);
    await closing;
    assert.ok(made[0]?.closed);
    await assert.rejects(pool.acquire(), PoolClosedError);
  });
});
