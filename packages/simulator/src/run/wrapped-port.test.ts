/** A wrapped port is the port itself with something around each of its methods. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrappedPort } from './wrapped-port.ts';

class Counter {
  readonly name = 'counter';
  #count = 0;
  async add(by: number): Promise<number> {
    this.#count += by;
    return this.#count;
  }
}

function counted(port: Counter, heard: string[], by = ''): Counter {
  return wrappedPort(port, (name, method) => {
    heard.push(`${by}wraps ${name}`);
    return async (...parameters) => {
      heard.push(`${by}calls ${name}(${parameters.join()})`);
      return await method(...parameters);
    };
  });
}

test('a method reaches what is private to the port, and what is no method is as it was', async () => {
  const port = counted(new Counter(), []);
  assert.equal(port.name, 'counter');
  assert.equal(await port.add(2), 2);
  assert.equal(await port.add(3), 5);
});

test('a method is wrapped once and heard at every call', async () => {
  const heard: string[] = [];
  const port = counted(new Counter(), heard);
  await port.add(1);
  await port.add(2);
  assert.deepEqual(heard, ['wraps add', 'calls add(1)', 'calls add(2)']);
});

test('a wrapped port is wrapped again, before and after its own methods were called', async () => {
  const heard: string[] = [];
  const inner = counted(new Counter(), heard, 'inner ');
  await inner.add(1);
  const outer = counted(inner, heard, 'outer ');
  heard.length = 0;
  assert.equal(await outer.add(1), 2);
  assert.equal(await outer.add(1), 3);
  const calls = heard.filter((one) => one.includes('calls'));
  const once = ['outer calls add(1)', 'inner calls add(1)'];
  assert.deepEqual(calls, [...once, ...once]);
});

test('a port that has no such method is no promise', () => {
  assert.equal(Reflect.get(counted(new Counter(), []), 'then'), undefined);
});
