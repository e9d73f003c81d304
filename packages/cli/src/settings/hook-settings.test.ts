/** Hooks as operators write them, and what is said about what they got wrong. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSettings } from './load-settings.ts';

const read = (text: string) =>
  loadSettings(['hooks'], { options: {}, env: {}, file: { path: 'm.yaml', text } }).hooks;
const messageOf = (text: string): string => {
  try {
    read(text);
  } catch (error) {
    return (error as Error).message;
  }
  return 'it was taken';
};
const one = (fields: string): string => `hooks:\n  - { name: locks, ${fields} }`;
const EXEC = 'exec: [/bin/true]';
const AFTER_FENCE = `{ name: a, points: after_fence, ${EXEC} }`;

describe('the setting hooks', () => {
  it('is empty unless something is said', () => {
    assert.deepEqual(read(''), []);
    assert.deepEqual(read('hooks: []'), []);
  });

  it('reads programs and web services with their defaults', () => {
    const text = `
hooks:
  - name: locks
    points: [before_evacuate]
    exec: [/usr/local/bin/release-locks, --quick, "$HOME"]
    deadline: 90
    on-failure: hold
  - name: ticket
    points: [after_fence, after_evacuate]
    webhook: https://tickets.example/medevac?queue=ha
    secret: file:/etc/medevac/ticket-token
    ca: /etc/medevac/ca.pem
`;
    assert.deepEqual(read(text), [
      {
        ...{ name: 'locks', points: ['before_evacuate'], onFailure: 'hold', deadlineMs: 90_000 },
        ...{ kind: 'exec', argv: ['/usr/local/bin/release-locks', '--quick', '$HOME'] },
      },
      {
        ...{ name: 'ticket', points: ['after_fence', 'after_evacuate'], onFailure: 'note' },
        ...{ deadlineMs: 30_000, kind: 'webhook', secret: 'file:/etc/medevac/ticket-token' },
        ...{ url: 'https://tickets.example/medevac?queue=ha', caFile: '/etc/medevac/ca.pem' },
      },
    ]);
  });

  it('is taken as JSON from the environment', () => {
    const hooks = '[{"name": "a", "points": "after_fence", "exec": "/bin/true"}]';
    const given = loadSettings(['hooks'], {
      ...{ options: {}, env: { MEDEVAC_HOOKS: hooks }, file: undefined },
    });
    assert.deepEqual(given.hooks[0]?.points, ['after_fence']);
  });

  for (const [wrong, expected] of [
    ['hooks: yes please', /must be a list of hooks/],
    ['hooks: [x]', /hook 1 is "x" and must be a mapping/],
    ['hooks: [{ exec: /bin/true }]', /hook 1 has the name undefined/],
    ['hooks: [{ name: a/b }]', /hook 1 has the name "a\/b"; it must be up to 40 letters/],
    [one(EXEC), /points of hook locks is missing; it must be one of before_fence/],
    [one(`${EXEC}, points: [after_all]`), /points of hook locks is "after_all"/],
    [one(`${EXEC}, points: []`), /points of hook locks is \[\]/],
    [one(`${EXEC}, points: [after_fence, after_fence]`), /each once/],
    [one('points: after_fence'), /hook locks must have either exec or webhook/],
    [one(`${EXEC}, webhook: "http://x", points: after_fence`), /either exec or webhook/],
    [one(`${EXEC}, points: after_fence, on-failure: hodl`), /on-failure of hook locks is "hodl"/],
    [one(`${EXEC}, points: after_fence, deadline: 0`), /deadline of hook locks is 0/],
    [one(`${EXEC}, points: after_fence, timeout: 3`), /hook locks has timeout, none of/],
    [one(`${EXEC}, points: after_fence, secret: env:X`), /hook locks has secret, none of/],
    [one('exec: [true-ly], points: after_fence'), /exec of hook locks is "true-ly"; .*absolute/],
    [one('exec: [/bin/true, 1], points: after_fence'), /exec of hook locks .*list of texts/],
    [one('webhook: "ftp://x", points: after_fence'), /webhook of hook locks is "ftp:\/\/x"/],
    [one('webhook: "http://x.example", secret: env:T, points: after_fence'), /https, because/],
    [one('webhook: "https://x", ca: ca.pem, points: after_fence'), /ca of hook locks is "ca.pem"/],
    [`hooks: [${AFTER_FENCE}, ${AFTER_FENCE}]`, /two hooks have the name a/],
  ] as const) {
    it(`refuses ${wrong.replaceAll('\n', ' ')}`, () => assert.match(messageOf(wrong), expected));
  }

  it('repeats no secret in what it says', () => {
    const plain = messageOf(one('webhook: "https://x", secret: hunter2, points: after_fence'));
    const inAddress = messageOf(one('webhook: "https://me:hunter2@x/", points: after_fence'));
    for (const message of [plain, inAddress]) {
      assert.match(message, /hook locks/);
      assert.ok(!message.includes('hunter2'), message);
    }
  });
});
