/**
 * Debian's masakari host, process and instance monitors post to Medevac as they do to Masakari: the
 * host monitor's report of a dead peer is a recovery, its report of the peer's return is a start.
 */
import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { boot, crash, installPackages } from '../harness/bed.ts';
import { callMedevac } from '../harness/medevac.ts';
import {
  MONITOR_PACKAGES,
  type MonitorPlace,
  makeMonitorPlace,
  removeMonitorPlace,
  startMonitor,
  writeCib,
} from '../harness/monitors.ts';
import { type Notification, waitUntilSettled } from '../harness/notification.ts';
import { connectNova } from '../harness/nova.ts';
import { openstackShow } from '../harness/operator.ts';
import type { Program } from '../harness/program.ts';
import { withProtectedCloud } from '../harness/protected-cloud.ts';
import { assertAllEvacuatedOnce } from '../harness/recovery-facts.ts';
import { quietStory, story } from '../harness/story.ts';
import { progress, waitFor } from '../harness/waiting.ts';

const DEAD = 'compute-01';
const PEER = 'compute-02';
const HOSTS = [DEAD, PEER, 'compute-03'];

interface Listed extends Notification {
  readonly type: string;
  readonly payload: Readonly<Record<string, string>>;
}

/** Waits for the only notification of a payload and for its end. */
async function arrivalOf(payload: Readonly<Record<string, string>>, by: Program): Promise<Listed> {
  const isWanted = (one: Listed): boolean => isDeepStrictEqual(one.payload, payload);
  const wanted = JSON.stringify(payload);
  const [found, ...more] = await waitFor(
    `a notification of ${wanted}`,
    async () => {
      const { notifications } = await callMedevac<{ notifications: readonly Listed[] }>(
        'GET',
        '/notifications',
      );
      const matching = notifications.filter(isWanted);
      return matching.length > 0 && matching;
    },
    { timeoutMs: 60_000 },
  ).catch((error: unknown) => {
    process.stderr.write(`--- the monitor said:\n${by.output().slice(-8_000)}\n---\n`);
    throw error;
  });
  assert.ok(found !== undefined && more.length === 0);
  progress(`arrived: ${wanted}`);
  return { ...found, status: (await waitUntilSettled(found.notification_uuid)).status };
}

/** Runs `tell` with a protected cloud and a place for monitors, and leaves neither behind. */
async function withMonitors(
  tell: (place: MonitorPlace, keep: (monitor: Program) => Program) => Promise<void>,
): Promise<void> {
  installPackages(...MONITOR_PACKAGES);
  const place = makeMonitorPlace();
  const started: Program[] = [];
  try {
    await withProtectedCloud(HOSTS, () =>
      tell(place, (monitor) => {
        started.push(monitor);
        return monitor;
      }),
    );
  } finally {
    for (const monitor of started) await monitor.kill();
    removeMonitorPlace(place);
  }
}

story('a host monitor reports a dead peer, which is recovered, and its return', async () => {
  const nova = await connectNova();
  await withMonitors(async (place, keep) => {
    const ids = boot(2, DEAD);
    writeCib(place, { [DEAD]: 'online', [PEER]: 'online', 'compute-03': 'online' });
    const seen = new RegExp(`Recognized '${DEAD}' as a new member`);
    const monitor = keep(await startMonitor('host', PEER, place, seen));
    crash(DEAD);
    writeCib(place, { [DEAD]: 'offline', [PEER]: 'online', 'compute-03': 'online' });
    const died = { event: 'STOPPED', cluster_status: 'OFFLINE', host_status: 'NORMAL' };
    const report = await arrivalOf(died, monitor);
    assert.equal(report.type, 'COMPUTE_HOST');
    assert.equal(report.status, 'finished');
    await assertAllEvacuatedOnce(nova, DEAD, ids);
    const shown = openstackShow('notification', 'show', report.notification_uuid);
    assert.equal(shown['status'], 'finished');
    assert.ok(monitor.isRunning());
  });
});

quietStory('a host monitor reports that a peer is back, which needs no recovery', async () => {
  await withMonitors(async (place, keep) => {
    writeCib(place, { [DEAD]: 'offline', [PEER]: 'online' });
    const seen = new RegExp(`Recognized '${DEAD}' as a new member`);
    const monitor = keep(await startMonitor('host', PEER, place, seen));
    writeCib(place, { [DEAD]: 'online', [PEER]: 'online' });
    const back = { event: 'STARTED', cluster_status: 'ONLINE', host_status: 'NORMAL' };
    assert.equal((await arrivalOf(back, monitor)).status, 'finished');
  });
});

quietStory('a process monitor reports a process that it could not restart', async () => {
  await withMonitors(async (place, keep) => {
    const command = { start_command: 'true', restart_command: 'false', run_as_root: true };
    const empty = ['pre_start', 'post_start', 'pre_restart', 'post_restart'];
    const entry = {
      process_name: `${place.directory}/no-such-daemon`,
      ...command,
      ...Object.fromEntries(empty.map((name) => [`${name}_command`, null])),
    };
    writeFileSync(place.processList, JSON.stringify([entry]));
    const monitor = keep(await startMonitor('process', PEER, place, /is not found/));
    const report = await arrivalOf({ event: 'STOPPED', process_name: 'no-such-daemon' }, monitor);
    assert.equal(report.type, 'PROCESS');
  });
});

quietStory(
  'an instance monitor reports guests that crashed and guests that were stopped',
  async () => {
    await withMonitors(async (place, keep) => {
      const monitor = keep(await startMonitor('instance', PEER, place, /Using uri:stub/));
      const guest = '0a5d3c52-7c1d-4c35-9d26-58b4a3b6d7e1';
      // Event 5 is "stopped", its details 5 "failed" and 0 "shutdown".
      appendFileSync(place.events, `${guest} 5 5\n${guest} 5 0\n`);
      for (const what of ['STOPPED_FAILED', 'STOPPED_SHUTDOWN']) {
        const payload = { event: 'LIFECYCLE', instance_uuid: guest, vir_domain_event: what };
        const report = await arrivalOf(payload, monitor);
        assert.equal(report.type, 'VM');
      }
    });
  },
);
