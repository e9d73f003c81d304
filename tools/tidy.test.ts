/**
 * The repository checks itself: sizes, names, opening comments, the vocabulary, leftovers and what
 * must not be committed. A rule that a linter can hold stands in `.oxlintrc.json` instead.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const MAX_COLUMNS = 100;
const MAX_LINES = 500;
const MAX_TEST_LINES = 800;
const MAX_BLOB_BYTES = 200_000;
/** This file spells out what it forbids. */
const SELF = 'tools/tidy.test.ts';

const git = (...args: readonly string[]): readonly string[] =>
  execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);
const files = git('ls-files', '-z', '--cached', '--others', '--exclude-standard').filter((file) =>
  existsSync(join(ROOT, file)),
);
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const isBinary = (file: string): boolean => read(file).includes('\0');
const texts = files.filter((file) => !isBinary(file));

const isGenerated = (file: string): boolean =>
  /(^|\/)(generated|captures)\//.test(file) || file === 'package-lock.json';
const isScript = (file: string): boolean => /^#!.*\b(bash|sh|python3?)\b/.test(read(file));
const isTest = (file: string): boolean => /\.test\.ts$|\/test\//.test(file);
const sources = texts.filter(
  (file) => !isGenerated(file) && (/\.(ts|py|sh)$/.test(file) || isScript(file)),
);
const typescript = sources.filter((file) => file.endsWith('.ts'));
const production = typescript.filter((file) => file.startsWith('packages/') && !isTest(file));
const packages = [...new Set(files.map((file) => /^packages\/([^/]+)\//.exec(file)?.[1]))].filter(
  (name) => name !== undefined,
);

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const manifest = (file: string): Manifest => JSON.parse(read(file)) as Manifest;

/** `file:line` of every line that a predicate finds wrong. */
function wrongLines(
  among: readonly string[],
  isWrong: (line: string, file: string) => boolean,
): readonly string[] {
  return among.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) =>
        isWrong(line, file) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
}

const none = (found: readonly string[], rule: string): void =>
  assert.deepEqual(found, [], `${rule}:\n${found.join('\n')}`);

describe('form', () => {
  it('no line is longer than 100 columns, tables and addresses apart', () => {
    const isTable = (line: string): boolean => /^\s*(\*|#|\/\/)?\s*\|/.test(line);
    // The formatter leaves the title of a test on one line, whatever its length.
    const isTitle = (line: string): boolean => /^\s*(it|test|describe)\('/.test(line);
    const isAddress = (line: string): boolean => /https?:\/\/\S{40,}/.test(line);
    const prose = texts
      .filter((file) => file.endsWith('.md') || file === 'Makefile')
      .filter((file) => !isGenerated(file));
    none(
      wrongLines(
        [...sources, ...prose],
        (line) => line.length > MAX_COLUMNS && !isTable(line) && !isTitle(line) && !isAddress(line),
      ),
      'too long',
    );
  });

  it('no source file is longer than 500 lines, no test longer than 800', () => {
    const tooLong = sources.filter((file) => {
      const lines = read(file).split('\n').length - 1;
      return lines > (isTest(file) ? MAX_TEST_LINES : MAX_LINES);
    });
    none(tooLong, 'split by concept');
  });

  it('every source file opens with a comment that says what it is for', () => {
    const opening = /^(#![^\n]*\n)?(\/\*\*|\/\/ |# |""")/;
    none(
      sources.filter((file) => !opening.test(read(file))),
      'no opening comment',
    );
  });

  it('files are named for their concept, in kebab-case', () => {
    const vague = /^(utils?|helpers?|types?|managers?|services?|common|misc)\./;
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*$/;
    none(
      typescript.filter((file) => vague.test(basename(file)) || !kebab.test(basename(file))),
      'misnamed',
    );
  });
});

describe('words', () => {
  it('one word per concept, the one of the table in CONTRIBUTING.md', () => {
    const banned = [
      /\bhealing\b|\bself-heal/i,
      /\b(host|failover|recovery) (group|pool)s?\b/i,
      /\bfailover of (a|an|the) (VM|instance)\b/i,
      /\b(dead|failed|compute) (server|machine)s?\b/i,
    ];
    none(
      wrongLines(
        texts.filter((file) => file !== SELF && !isGenerated(file)),
        (line) => banned.some((word) => word.test(line)),
      ),
      'another word is agreed on',
    );
  });

  it('the holder of a lease is no leader and no master, and a host is fenced', () => {
    none(
      wrongLines(production, (line) => /leader|\bmaster\b|stonith/i.test(line)),
      'another word is agreed on',
    );
  });
});

describe('leftovers', () => {
  it('nothing is left for later and no test is switched off or singled out', () => {
    const isBedTest = (file: string): boolean => /^testbed\/[^/]+\/e2e\//.test(file);
    none(
      wrongLines(
        texts.filter((file) => file !== SELF && !isGenerated(file)),
        (line, file) =>
          /\b(TODO|FIXME|XXX)\b/.test(line) ||
          /\b(it|test|describe|suite)\.(only|todo)\(|\bonly: true/.test(line) ||
          (/\.skip\(|\bskip: (true|['"`])/.test(line) &&
            !isBedTest(file) &&
            file.endsWith('.test.ts')),
      ),
      'left over',
    );
  });

  it('nothing names the paths of one machine or a package registry', () => {
    const machine = /(^|[\s'"`=(:])\/(work|farm)\//;
    const registry = /https?:\/\/[\w.-]*(registry|mirror|npmjs)/;
    none(
      wrongLines(
        texts.filter((file) => file !== SELF),
        (line) => machine.test(line) || registry.test(line),
      ),
      'true on one machine only',
    );
  });

  it('the lockfile is true on every mirror', () => {
    none(
      wrongLines(['package-lock.json'], (line) => /"resolved": "[a-z]+:/.test(line)),
      'has an address',
    );
  });

  it('no large blob is kept', () => {
    none(
      files.filter(
        (file) => file !== 'package-lock.json' && statSync(join(ROOT, file)).size > MAX_BLOB_BYTES,
      ),
      `larger than ${MAX_BLOB_BYTES} bytes`,
    );
  });

  it('the time of day is asked of a Clock only', () => {
    none(
      wrongLines(
        production.filter((file) => !file.startsWith('packages/kernel/')),
        (line) => /\bnew Date\(\)/.test(line),
      ),
      'reads the clock',
    );
  });
});

describe('rooms', () => {
  it('no room is empty, and each has a test', () => {
    const empty = packages.filter((name) => {
      const inside = typescript.filter((file) => file.startsWith(`packages/${name}/`));
      const index = inside.includes(`packages/${name}/src/index.ts`)
        ? read(`packages/${name}/src/index.ts`).replace(/export \{\};/, '')
        : '';
      return !/^export /m.test(index) || !inside.some(isTest);
    });
    none(empty, 'empty or untested');
  });

  it('each room has its row in the lint configuration', () => {
    const config = read('.oxlintrc.json');
    none(
      packages.filter((name) => !config.includes(`"packages/${name}/src/**/*.ts"`)),
      'no import rule',
    );
  });

  it('a room declares every package that it imports', () => {
    const undeclared = production.flatMap((file) => {
      const [, name] = file.split('/');
      const declared = Object.keys(manifest(`packages/${name}/package.json`).dependencies ?? {});
      return [...read(file).matchAll(/^(?:import|export) [^;]*?from '([^'.][^']*)';$/gm)]
        .map((match) =>
          match[1]
            ?.split('/')
            .slice(0, match[1].startsWith('@') ? 2 : 1)
            .join('/'),
        )
        .filter((wanted) => wanted !== undefined && !wanted.startsWith('node:'))
        .filter((wanted) => !declared.includes(String(wanted)))
        .map((wanted) => `${file} imports ${wanted}`);
    });
    none(undeclared, 'not in package.json');
  });

  it('dependencies name exact versions', () => {
    const manifests = ['package.json', ...packages.map((name) => `packages/${name}/package.json`)];
    const loose = manifests.flatMap((file) => {
      const { dependencies, devDependencies, optionalDependencies } = manifest(file);
      return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
        .filter(([, version]) => !/^\d+(\.\d+\.\d+)?$/.test(version))
        .map(([name, version]) => `${file}: ${name} ${version}`);
    });
    none(loose, 'not exact');
  });
});

describe('documents', () => {
  it('decisions are numbered without a gap and have the same four parts', () => {
    const records = files.filter((file) => file.startsWith('docs/adr/')).sort();
    const wrong = records.filter((file, index) => {
      const number = String(index + 1).padStart(4, '0');
      const parts = [`# ${index + 1}. `, 'Date: ', '## Context', '## Decision', '## Consequences'];
      const isNamed = new RegExp(`^docs/adr/${number}-[a-z0-9-]+\\.md$`).test(file);
      return !isNamed || parts.some((part) => !read(file).includes(part));
    });
    assert.ok(records.length > 0, 'there are decisions');
    none(wrong, 'misnumbered or incomplete');
  });

  it('every make target that a document names exists', () => {
    const targets = [...read('Makefile').matchAll(/^([a-z-]+):/gm)].map((match) => match[1]);
    const documents = texts.filter((file) => file.endsWith('.md') || file === '.ci/run');
    const unknown = documents.flatMap((file) =>
      [...read(file).matchAll(/(?:`|^\s*)make ([a-z-]+)/gm)]
        .filter((match) => !targets.includes(match[1]))
        .map((match) => `${file}: make ${match[1]}`),
    );
    none(unknown, 'no such target');
  });

  it('every link between documents leads somewhere', () => {
    const documents = texts.filter((file) => file.endsWith('.md') && !isGenerated(file));
    const dead = documents.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
        .filter((match) => !existsSync(join(ROOT, file, '..', String(match[1]))))
        .map((match) => `${file}: ${match[1]}`),
    );
    none(dead, 'dead link');
  });
});
