/**
 * Installs Debian's packages of the database servers where they are missing, without letting their
 * own services start. Needs root or a sudo that asks nothing; tried once more when the first try
 * fails, because mirrors do.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

const PACKAGES: readonly (readonly [string, string])[] = [
  ['mariadb-server', '/usr/sbin/mariadbd'],
  ['mariadb-server', '/usr/bin/wsrep_sst_rsync'],
  ['galera-4', '/usr/lib/galera/libgalera_smm.so'],
  ['rsync', '/usr/bin/rsync'],
  ['postgresql-15', '/usr/lib/postgresql'],
  ['openssl', '/usr/bin/openssl'],
];
const TRIES = 2;
const APT_MS = 300_000;
/** Asked by Debian's scripts before they start a service; 101 forbids it. */
const POLICY = '/usr/sbin/policy-rc.d';

/** Why the servers are not there; `undefined` once they are. */
export function installServers(say: (line: string) => void): string | undefined {
  let trouble: string | undefined;
  for (let tried = 0; missing().length > 0 && tried < TRIES; tried++) {
    const names = [...new Set(missing().map(([name]) => name))];
    say(`installing ${names.join(', ')}`);
    trouble = install(names);
  }
  const left = missing().map(([, file]) => file);
  return left.length === 0 ? undefined : `${left.join(', ')} not there; ${trouble ?? ''}`;
}

const missing = (): readonly (readonly [string, string])[] =>
  PACKAGES.filter(([, file]) => !existsSync(file));

function install(names: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0 && spawnSync('sudo', ['-n', 'true']).status !== 0)
    return 'only root can install packages, and sudo asks for a password';
  const isPolicyOurs = !existsSync(POLICY);
  if (isPolicyOurs) writePolicy();
  try {
    const options = ['-q', '-o', 'DPkg::Lock::Timeout=240', '-o', 'Acquire::Retries=3'];
    const updated = apt([...options, 'update']);
    return updated ?? apt([...options, 'install', '-y', '--no-install-recommends', ...names]);
  } finally {
    if (isPolicyOurs) removePolicy();
  }
}

function apt(parameters: readonly string[]): string | undefined {
  const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...parameters];
  const ran = asRoot(command, '');
  if (ran.status === 0) return undefined;
  return `apt-get failed: ${(ran.stderr || String(ran.error ?? ran.signal)).trim().slice(-500)}`;
}

function writePolicy(): void {
  const script = '#!/bin/sh\nexit 101\n';
  if (process.getuid?.() === 0) writeFileSync(POLICY, script, { mode: 0o755 });
  else asRoot(['sh', '-c', `cat > ${POLICY} && chmod 755 ${POLICY}`], script);
}

function removePolicy(): void {
  if (process.getuid?.() === 0) rmSync(POLICY, { force: true });
  else asRoot(['rm', '-f', POLICY], '');
}

function asRoot(command: readonly string[], input: string) {
  const [program = '', ...parameters] =
    process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  return spawnSync(program, parameters, { encoding: 'utf8', timeout: APT_MS, input });
}
