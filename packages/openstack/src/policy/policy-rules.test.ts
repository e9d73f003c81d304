/** What a policy file may say, whom it lets pass, and how a wrong one is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperationalError } from '@medevac/kernel';
import type { PolicyFacts } from './check.ts';
import { PolicyRules, type RuleDefault } from './policy-rules.ts';

const rule = (name: string, check: string): RuleDefault => ({ name, check, description: name });
const DEFAULTS = [
  rule('context_is_admin', 'role:admin'),
  rule('admin_api', 'is_admin:True'),
  rule('ha:segments:index', 'rule:admin_api'),
  rule('ha:segments:create', 'rule:admin_api'),
  rule('ha:versions:index', '@'),
];
const ADMIN: PolicyFacts = { is_admin: true, roles: ['Admin'], user_id: 'u', project_id: 'p' };
const MEMBER: PolicyFacts = { is_admin: false, roles: ['member'], user_id: 'm', project_id: 'q' };

const load = (text: string): PolicyRules =>
  PolicyRules.load(DEFAULTS, { path: 'policy.yaml', text });

/** Whether `check`, as the rule for segments, lets the caller pass. */
const allows = (check: string, caller: PolicyFacts, target: PolicyFacts = {}): boolean =>
  load(JSON.stringify({ 'ha:segments:index': check })).allows('ha:segments:index', caller, target);

function refusal(text: string): string {
  try {
    load(text);
  } catch (error) {
    assert.ok(error instanceof OperationalError);
    assert.equal(error.code, 'policy.invalid');
    return error.message;
  }
  assert.fail('the file was accepted');
}

test('the defaults count where the file says nothing', () => {
  for (const text of ['', '{}', '# nothing\n']) {
    const rules = load(text);
    assert.equal(rules.allows('ha:segments:index', ADMIN, {}), true);
    assert.equal(rules.allows('ha:segments:index', MEMBER, {}), false);
    assert.equal(rules.allows('ha:versions:index', MEMBER, {}), true);
  }
});

test('a rule of the file takes the place of the default, and of it alone', () => {
  const rules = load('"ha:segments:index": "role:member"');
  assert.equal(rules.allows('ha:segments:index', MEMBER, {}), true);
  assert.equal(rules.allows('ha:segments:index', ADMIN, {}), false);
  assert.equal(rules.allows('ha:segments:create', MEMBER, {}), false);
});

test('a rule that is not there lets nobody pass', () => {
  assert.equal(load('').allows('ha:segments:delete', ADMIN, {}), false);
  assert.equal(load('').allows('constructor', ADMIN, {}), false);
});

const TRUTHS: readonly (readonly [string, boolean, boolean])[] = [
  // rule, for the admin, for the member
  ['@', true, true],
  ['!', false, false],
  ['', true, true],
  ['role:ADMIN', true, false],
  ['role:admin and user_id:u', true, false],
  ['role:admin or role:member', true, true],
  ['role:member or role:admin and user_id:nobody', false, true],
  ['(role:member or role:admin) and user_id:u', true, false],
  ['not role:admin', false, true],
  ['NOT role:admin AND @', false, true],
  ['not not role:admin', true, false],
  ['not (role:admin or role:member)', false, false],
  ['rule:admin_api', true, false],
  ['is_admin:True', true, false],
  ['is_admin:true', false, false],
  ['is_admin:1', false, false],
  ['project_id:%(project_id)s', true, false],
  ['project_id:%(absent)s', false, false],
  ['not project_id:%(absent)s', true, true],
  ['absent:None', false, false],
  ["'p':%(project_id)s", true, true],
  ['"x":%(project_id)s', false, false],
  ['True:%(enabled)s', true, true],
  ['7:%(count)s', true, true],
  ['None:%(nothing)s', true, true],
  ['roles:member', false, true],
  ["'':%(absent)s", false, false],
  ['constructor.name:Object', false, false],
];
for (const [check, forAdmin, forMember] of TRUTHS) {
  test(`"${check}" lets the admin pass: ${forAdmin}, the member: ${forMember}`, () => {
    const target = { project_id: 'p', enabled: true, count: 7, nothing: null };
    assert.equal(allows(check, ADMIN, target), forAdmin);
    assert.equal(allows(check, MEMBER, target), forMember);
  });
}

test('an attribute is found below others, and among the members of a list', () => {
  const caller = { token: { project: { id: 'p' }, tags: [{ name: 'a' }, { name: 'b' }] } };
  assert.equal(allows('token.project.id:p', caller), true);
  assert.equal(allows('token.tags.name:b', caller), true);
  assert.equal(allows('token.tags.name:c', caller), false);
  assert.equal(allows('token.project.id.more:p', caller), false);
});

test('a percent sign is written twice', () => {
  assert.equal(allows('user_id:100%%', { user_id: '100%' }), true);
});

test('an old file with lists joins the inner ones by and, the outer one by or', () => {
  const rules = load(
    '"ha:segments:index": [["role:admin", "user_id:u"], "role:member"]\n"ha:segments:create": []',
  );
  assert.equal(rules.allows('ha:segments:index', ADMIN, {}), true);
  assert.equal(rules.allows('ha:segments:index', { ...ADMIN, user_id: 'x' }, {}), false);
  assert.equal(rules.allows('ha:segments:index', MEMBER, {}), true);
  assert.equal(rules.allows('ha:segments:create', MEMBER, {}), true);
});

test('a file may bring rules of its own that others use, and one for everything else', () => {
  const rules = load('default: "!"\nours: "role:member"\n"ha:segments:index": "rule:ours"');
  assert.equal(rules.allows('ha:segments:index', MEMBER, {}), true);
});

const WRONG: readonly (readonly [string, string, RegExp])[] = [
  [
    'a misspelt name',
    '"ha:segmnets:index": "@"',
    /^policy\.yaml: there is no rule "ha:segmnets:index", .* did you mean "ha:segments:index"\?$/,
  ],
  ['a helper that nothing uses', 'operators: "role:x"', /there is no rule "operators"/],
  [
    'a reference to nothing',
    '"ha:segments:index": "role:x or rule:operator"',
    /rule "ha:segments:index" refers to "rule:operator", which is not there/,
  ],
  [
    'a cycle',
    'a: "rule:b"\nb: "not rule:a"\n"ha:segments:index": "rule:a"',
    /refers to itself: (a -> b -> a|b -> a -> b)$/,
  ],
  ['a rule that refers to itself', 'admin_api: "rule:admin_api"', /admin_api -> admin_api/],
  ['a word without a colon', '"ha:segments:index": "admin"', /"admin" is no check/],
  ['an open parenthesis', '"ha:segments:index": "(role:a or role:b"', /is not closed/],
  ['a closing one too many', '"ha:segments:index": "role:a)"', /"\)" is not expected/],
  ['two checks without a word', '"ha:segments:index": "role:a role:b"', /"role:b" is not expected/],
  ['an end after and', '"ha:segments:index": "role:a and"', /ends where a check is expected/],
  ['a quoted word', `"ha:segments:index": "'role:a'"`, /neither a literal nor an attribute/],
  ['a bad placeholder', '"ha:segments:index": "a:%(b)d"', /neither %\(NAME\)s nor %%/],
  ['a remote check', '"ha:segments:index": "http://x/%(y)s"', /which is not supported/],
  ['an unquoted exclamation mark', '"ha:segments:index": !', /write "!" in quotes/],
  ['an empty value', '"ha:segments:index":', /is null, but it must be a text/],
  ['a number', '"ha:segments:index": 5', /is 5, but it must be a text/],
  ['a list of numbers', '"ha:segments:index": [5]', /a list holds texts/],
  ['no mapping', '- a', /it must be a mapping/],
  ['no YAML', '{ a: ', /^policy\.yaml: /],
  ['a name twice', 'admin_api: "@"\nadmin_api: "!"', /unique/],
  ['a name that is no text', '5: "@"', /the name 5 is no text/],
];
for (const [title, text, message] of WRONG) {
  test(`refuses ${title}, naming file and rule`, () => {
    assert.match(refusal(text), /^policy\.yaml: /);
    assert.match(refusal(text), message);
  });
}

test('lists the rules as they count, and where each comes from', () => {
  const rules = load('ours: "role:a and (role:b or role:c)"\n"ha:segments:index": "rule:ours"');
  assert.deepEqual(
    rules.effective().filter(({ from }) => from === 'file'),
    [
      {
        name: 'ha:segments:index',
        check: 'rule:ours',
        from: 'file',
        description: 'ha:segments:index',
      },
      { name: 'ours', check: 'role:a and (role:b or role:c)', from: 'file' },
    ],
  );
  assert.equal(rules.effective().length, DEFAULTS.length + 1);
});
