/**
 * Proves that the lint configuration refuses what it is there to refuse. Each case plants one
 * violation in a temporary copy of the room layout; one run of the linter judges them all, and a
 * clean file in every room shows that the rules do not fire by themselves.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';

interface Planted {
  readonly title: string;
  readonly room: string;
  readonly source: string;
  readonly rule: string;
  /** Where the violation is planted when the room's `src` is not the place. */
  readonly folder?: string;
}

const ROOT = join(import.meta.dirname, '..');
const ROOMS = [
  'kernel',
  'core',
  'workflow',
  'openstack',
  'fencing',
  'engine',
  'store',
  'api',
  'simulator',
  'cli',
];
/** What each room may import beside the kernel: design section 3. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  core: [],
  workflow: [],
  openstack: [],
  fencing: ['core', 'openstack'],
  engine: ['core', 'workflow', 'openstack', 'fencing'],
  store: ['core', 'workflow', 'engine'],
  api: ['core', 'engine', 'openstack'],
  simulator: ['core', 'workflow', 'openstack', 'fencing', 'engine', 'store', 'api'],
  cli: ['core', 'workflow', 'openstack', 'fencing', 'engine', 'store', 'api', 'simulator'],
};

const pure = (title: string, source: string, rule: string): Planted => ({
  title,
  room: 'core',
  source,
  rule,
});

const IMPORTS: readonly Planted[] = ROOMS.flatMap((room) =>
  ROOMS.filter((other) => other !== room && other !== 'kernel')
    .filter((other) => ALLOWED[room]?.includes(other) === false)
    .map((other) => ({
      title: `${room} may not import ${other}`,
      room,
      source: `export * from '@medevac/${other}';`,
      rule: 'no-restricted-imports',
    })),
);

const PURE: readonly Planted[] = [
  pure('core may not read files', `export * from 'node:fs';`, 'no-restricted-imports'),
  pure('core may not read a date', 'export const at = new Date();', 'no-restricted-globals'),
  pure('core may not wait', 'export const wait = setTimeout;', 'no-restricted-globals'),
  pure('core may not tick', 'export const tick = setInterval;', 'no-restricted-globals'),
  pure('core may not call out', 'export const call = fetch;', 'no-restricted-globals'),
  pure(
    'core may not read the environment',
    'export const all = process.env;',
    'no-restricted-globals',
  ),
  pure('core may not draw lots', 'export const lot = Math.random();', 'no-restricted-properties'),
  pure(
    'core may not be asynchronous',
    'export async function later(): Promise<void> { await null; }',
    'no-async-await',
  ),
];

const TIME: readonly Planted[] = ROOMS.filter(
  (room) => room !== 'kernel' && room !== 'core',
).flatMap((room) => [
  {
    title: `${room} may not read the clock itself`,
    room,
    source: 'export const at = Date.now();',
    rule: 'no-restricted-properties',
  },
  {
    title: `${room} may not wait by itself`,
    room,
    source: 'export const wait = setTimeout;',
    rule: 'no-restricted-globals',
  },
  {
    title: `${room} may not draw lots by itself`,
    room,
    source: 'export const lot = Math.random();',
    rule: 'no-restricted-properties',
  },
]);

const GENERAL: readonly Planted[] = [
  {
    title: 'the inside of another room is out of reach',
    room: 'engine',
    source: `export * from '@medevac/core/src/index.ts';`,
    rule: 'no-restricted-imports',
  },
  {
    title: 'another room is not imported by path',
    room: 'engine',
    source: `export * from '../../core/src/index.ts';`,
    rule: 'no-restricted-imports',
  },
  {
    title: 'the bench drives the product from outside',
    room: 'bench',
    folder: 'bench',
    source: `export * from '@medevac/engine';`,
    rule: 'no-restricted-imports',
  },
  {
    title: 'a promise may not float',
    room: 'api',
    source: 'export function start(job: () => Promise<void>): void { job(); }',
    rule: 'no-floating-promises',
  },
  {
    title: 'a switch over a union is complete',
    room: 'api',
    source:
      "export function f(x: 'a' | 'b'): number { switch (x) { case 'a': return 1; } return 0; }",
    rule: 'switch-exhaustiveness-check',
  },
  {
    title: 'nothing is any',
    room: 'api',
    source: 'export const x: any = 1;',
    rule: 'no-explicit-any',
  },
  {
    title: 'nothing is asserted to be there',
    room: 'api',
    source: 'export const first = (list: readonly number[]): number => list[0]!;',
    rule: 'no-non-null-assertion',
  },
  {
    title: 'types are imported as types',
    room: 'api',
    source: `import { Stats } from 'node:fs'; export const size = (s: Stats): number => s.size;`,
    rule: 'consistent-type-imports',
  },
  {
    title: 'nothing is left unused',
    room: 'api',
    source: 'const left = 1; export {};',
    rule: 'no-unused-vars',
  },
  {
    title: 'a function stays within 60 lines',
    room: 'api',
    source: `export function long(list: number[]): void {\n${'  list.push(1);\n'.repeat(60)}}`,
    rule: 'max-lines-per-function',
  },
  {
    title: 'a function takes at most four parameters',
    room: 'api',
    source: 'export const f = (a: 1, b: 1, c: 1, d: 1, e: 1): number[] => [a, b, c, d, e];',
    rule: 'max-params',
  },
];

const CASES = [...IMPORTS, ...PURE, ...TIME, ...GENERAL];
const fileOf = (planted: Planted, index: number): string =>
  join(planted.folder ?? `packages/${planted.room}/src`, `planted-${index}.ts`);

let layout: string;
let findings: ReadonlyMap<string, readonly string[]>;

function write(file: string, text: string): void {
  const path = join(layout, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${text}\n`);
}

/** The rules that fired, by file. */
function lint(): Map<string, string[]> {
  const program = join(ROOT, 'node_modules/.bin/oxlint');
  const ran = spawnSync(program, ['--type-aware', '--format', 'json'], {
    cwd: layout,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const report = JSON.parse(ran.stdout) as {
    readonly diagnostics: readonly { readonly code: string; readonly filename: string }[];
  };
  const byFile = new Map<string, string[]>();
  for (const { code, filename } of report.diagnostics) {
    byFile.set(filename, [...(byFile.get(filename) ?? []), code]);
  }
  return byFile;
}

before(() => {
  layout = mkdtempSync(join(tmpdir(), 'medevac-lint-'));
  for (const file of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) {
    cpSync(join(ROOT, file), join(layout, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(layout, 'node_modules'));
  CASES.forEach((planted, index) => write(fileOf(planted, index), planted.source));
  for (const room of ROOMS) {
    const others = ['kernel', ...(ALLOWED[room] ?? [])].filter((other) => other !== room);
    const lines = others.map((other) => `import '@medevac/${other}';`);
    write(`packages/${room}/src/clean.ts`, [...lines, 'export const clean = 1;'].join('\n'));
  }
  const one = `import { b } from './b.ts';\nexport const a = (): number => b();`;
  const two = `import { a } from './a.ts';\nexport const b = (): number => a();`;
  write('packages/engine/src/a.ts', one);
  write('packages/engine/src/b.ts', two);
  write('packages/api/src/loose.test.ts', 'export const first = (l: number[]): number => l[0]!;');
  findings = lint();
});
after(() => rmSync(layout, { recursive: true, force: true }));

describe('the lint rules', () => {
  CASES.forEach((planted, index) => {
    it(planted.title, () => {
      const fired = findings.get(fileOf(planted, index)) ?? [];
      assert.ok(
        fired.some((code) => code.includes(`(${planted.rule})`)),
        `${planted.rule} did not fire, but: ${fired.join(', ') || 'nothing'}`,
      );
    });
  });

  it('modules may not import each other in a circle', () => {
    assert.deepEqual(findings.get('packages/engine/src/a.ts'), ['import(no-cycle)']);
  });

  it('what each room may import is let through', () => {
    const clean = ROOMS.map((room) => findings.get(`packages/${room}/src/clean.ts`));
    assert.deepEqual(
      clean,
      ROOMS.map(() => undefined),
    );
  });

  it('a test may assert that something is there', () => {
    assert.equal(findings.get('packages/api/src/loose.test.ts'), undefined);
  });
});
