/** What an access rule lets through, path pattern by path pattern. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAccessAllowed } from './access-rules.ts';

const allowed = (pattern: string, path: string): boolean =>
  isAccessAllowed([{ service: 'instance-ha', method: 'POST', path: pattern }], {
    service: 'instance-ha',
    method: 'POST',
    path,
  });

const PATTERNS: readonly (readonly [string, string, boolean])[] = [
  ['/v1/notifications', '/v1/notifications', true],
  ['/v1/notifications', '/v1/notifications/', false],
  ['/v1/notifications', '/v1/notifications/x', false],
  ['/v1/*/notifications', '/v1/a3f9/notifications', true],
  ['/v1/*/notifications', '/v1/notifications', false],
  ['/v1/*/notifications', '/v1//notifications', false],
  ['/v1/*/notifications', '/v1/a/b/notifications', false],
  ['/v1/{project_id}/notifications', '/v1/a3f9/notifications', true],
  ['/v1/{project_id}/notifications', '/v1/a/b/notifications', false],
  ['/v1/**', '/v1/a/b/c', true],
  ['/v1/**', '/v1/', true],
  ['/v1/**', '/v1', false],
  ['**', '', true],
  ['/v1/**/vmoves', '/v1/notifications/x/vmoves', true],
  ['/v1/**/vmoves', '/v1/notifications/x/vmoves/y', false],
  ['/v1/seg*', '/v1/segments', true],
  ['/v1/s*s', '/v1/segments', true],
  ['/v1.notifications', '/v1/notifications', false],
  ['/v1/(a|b)', '/v1/a', false],
];
for (const [pattern, path, expected] of PATTERNS) {
  test(`${pattern} ${expected ? 'lets' : 'does not let'} ${path} through`, () => {
    assert.equal(allowed(pattern, path), expected);
  });
}

test('method and service must be those of the rule, and no rule allows nothing', () => {
  const rule = { service: 'instance-ha', method: 'GET', path: '/v1/segments' };
  const asked = { service: 'instance-ha', method: 'GET', path: '/v1/segments' };
  assert.equal(isAccessAllowed([rule], asked), true);
  assert.equal(isAccessAllowed([rule], { ...asked, method: 'POST' }), false);
  assert.equal(isAccessAllowed([{ ...rule, service: 'compute' }], asked), false);
  assert.equal(isAccessAllowed([], asked), false);
});

test('agrees with a regular expression about every pattern', () => {
  const part = fc.constantFrom('/', 'a', 'b', '*', '**', '{x}', '/a');
  const pattern = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
  const path = fc
    .array(fc.constantFrom('/', 'a', 'b'), { maxLength: 8 })
    .map((one) => one.join(''));
  const regular = (text: string): RegExp =>
    new RegExp(`^${text.replaceAll(/\{x\}|\*\*|\*/g, (one) => (one === '**' ? '.*' : '[^/]+'))}$`);
  fc.assert(
    fc.property(pattern, path, (one, other) =>
      assert.equal(allowed(one, other), regular(one).test(other)),
    ),
    { numRuns: 3_000 },
  );
});
