/** Medevac running on the bed with one segment over all hosts: what most stories begin with. */
import { BED, register } from './bed.ts';
import {
  MEDEVAC_URL,
  newStateDir,
  type Replica,
  removeStateDir,
  type ServeOptions,
  startMedevac,
} from './medevac.ts';
import { createSegment, type SegmentChoice } from './operator.ts';

export interface ProtectedCloud {
  readonly segmentId: string;
  readonly hostIds: ReadonlyMap<string, string>;
  /** Kills the replica and starts another on the same state. */
  restart(): Promise<Replica>;
  kill(): Promise<void>;
}

/** Runs `tell` against a fresh Medevac and leaves neither process nor state behind. */
export async function withProtectedCloud(
  hosts: readonly string[],
  tell: (cloud: ProtectedCloud) => Promise<void>,
  options: SegmentChoice & Pick<ServeOptions, 'database' | 'more'> = {},
): Promise<void> {
  const { database, more, ...choice } = options;
  const serve = {
    ...(database === undefined ? {} : { database }),
    ...(more === undefined ? {} : { more }),
  };
  const stateDir = newStateDir();
  register(MEDEVAC_URL);
  const replica = await startMedevac({ stateDir, ...serve });
  let restarting: Promise<Replica> = Promise.resolve(replica);
  try {
    const segment = createSegment(`e2e-${BED.instanceHaPort}`, hosts, choice);
    await tell({
      ...segment,
      kill: async () => (await restarting).kill(),
      restart: () => {
        const previous = restarting;
        restarting = previous
          .then((last) => last.kill())
          .then(() => startMedevac({ stateDir, ...serve }));
        return restarting;
      },
    });
  } catch (error) {
    const last = await restarting.catch(() => replica);
    process.stderr.write(`--- medevac serve said:\n${last.output()}\n---\n`);
    throw error;
  } finally {
    // A restart that is still under way when a story fails must not outlive it.
    await restarting.then((last) => last.kill()).catch(() => undefined);
    removeStateDir(stateDir);
  }
}
