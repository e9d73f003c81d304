/**
 * Measures how long a recovery stands still when its holder is killed: from the kill to the moment
 * at which another replica has taken it, and to its first evacuate call. One JSON line a round.
 *
 *   node measure-takeover.ts SERVER_URL ROUNDS     (see bench/takeover.ts, which calls it)
 */
import { systemClock } from '@medevac/kernel';
import { ReplicaFleet } from './replica-fleet.ts';

const LONG_MS = 120_000;
const REPLICAS = 3;
const INSTANCES = 60;
const CALL_MS = 250;
/** The kill comes behind so many calls, a little later each round: anywhere between two beats. */
const CALLS_BEFORE = 8;
const LATER_MS = 170;

async function measureRound(server: string, round: number): Promise<object> {
  const size = { replicas: REPLICAS, instances: INSTANCES, callMs: CALL_MS };
  const fleet = await ReplicaFleet.open({ ...size, server });
  try {
    await fleet.fail();
    await fleet.until(() => fleet.calls.length >= CALLS_BEFORE, LONG_MS);
    await systemClock.sleep(round * LATER_MS);
    const { holder } = fleet;
    const killedMs = systemClock.monotonicMs();
    fleet.signal(holder, 'SIGKILL');
    const next = () => fleet.calls.find((one) => one.replica !== holder);
    await fleet.until(() => next() !== undefined, LONG_MS);
    const taken = fleet.taken.find((one) => one.replica !== holder)?.atMs ?? Number.NaN;
    const seconds = (atMs: number): number => Math.round(atMs - killedMs) / 1000;
    return { taken: seconds(taken), firstCall: seconds(next()?.atMs ?? Number.NaN) };
  } finally {
    await fleet.close();
  }
}

const [server = '', rounds = '7'] = process.argv.slice(2);
for (let round = 0; round < Number(rounds); round++) {
  process.stdout.write(`${JSON.stringify({ round, ...(await measureRound(server, round)) })}\n`);
}
