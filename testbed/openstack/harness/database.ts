/**
 * Databases of Medevac's own beside the bed's, from Debian's packages, on loopback and for one
 * story only: one MariaDB behind a line that can be cut, or a Galera cluster of three nodes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installServers } from '../../../packages/store/test/databases/install-servers.ts';
import { freePort } from '../../../packages/store/test/databases/server-process.ts';
import {
  makeMariadbTemplate,
  type StartedServer,
  startGalera,
  startMariadb,
} from '../../../packages/store/test/databases/start-mariadb.ts';
import { makeTlsFiles } from '../../../packages/store/test/databases/tls-files.ts';
import { runMedevac } from './medevac.ts';
import { type Program, startProgram } from './program.ts';
import { BedTrouble, progress, waitForBed } from './waiting.ts';

const MIGRATE_MS = 60_000;

/** A way to a server that can be cut: connections break, and new ones are refused. */
export interface Line {
  readonly url: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
}

export async function withMariadb(tell: (line: Line) => Promise<void>): Promise<void> {
  await withServers(
    async (place) => [await startMariadb(place)],
    async ([server]) => {
      if (server === undefined) throw new BedTrouble('no MariaDB was started');
      const line = await openLine(server.url);
      try {
        await tell(line);
      } finally {
        await line.cut();
      }
    },
  );
}

/** `tell` gets the nodes; the first is the one whose address the schema was made through. */
export const withGalera = (
  tell: (nodes: readonly StartedServer[]) => Promise<void>,
): Promise<void> => withServers(startGalera, tell);

type Place = Parameters<typeof startGalera>[0];

async function withServers(
  start: (place: Place) => Promise<readonly StartedServer[]>,
  tell: (servers: readonly StartedServer[]) => Promise<void>,
): Promise<void> {
  const trouble = installServers(progress);
  if (trouble !== undefined) throw new BedTrouble(`no database server: ${trouble}`);
  const root = mkdtempSync(join(tmpdir(), 'medevac-e2e-database-'));
  let servers: readonly StartedServer[] = [];
  try {
    servers = await start({
      root,
      template: makeMariadbTemplate(root),
      tls: makeTlsFiles(root),
    }).catch((error: unknown) => {
      throw new BedTrouble('the database of the story does not start', error);
    });
    runMedevac(['db', 'migrate', `--database=${servers[0]?.url ?? ''}`], MIGRATE_MS);
    await tell(servers);
  } finally {
    await Promise.all(servers.map((server) => server.process.stop('SIGKILL')));
    rmSync(root, { recursive: true, force: true });
  }
}

const PORT = /@127\.0\.0\.1:(\d+)\//;
const FORWARD = join(import.meta.dirname, '..', 'forward.py');
const FORWARD_READY_MS = 20_000;

/** A process of its own: the stories wait for commands and cannot pass bytes on meanwhile. */
async function openLine(serverUrl: string): Promise<Line> {
  const target = PORT.exec(serverUrl)?.[1] ?? '';
  const port = await freePort();
  const args = [FORWARD, String(port), target];
  let forward: Program | undefined;
  const mend = async (): Promise<void> => {
    forward ??= startProgram({ command: 'python3', args, env: process.env });
    const isOpen = (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => resolve(true));
        socket.once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
    await waitForBed('the line to the database is open', isOpen, { timeoutMs: FORWARD_READY_MS });
  };
  await mend();
  return {
    url: serverUrl.replace(PORT, `@127.0.0.1:${port}/`),
    mend,
    cut: async () => {
      await forward?.kill();
      forward = undefined;
    },
  };
}
