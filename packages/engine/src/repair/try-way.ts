/**
 * One way of bringing an instance back, request by request. A way that breaks off leaves the
 * instance as Nova shows it; the next look decides from there.
 */
import { type HostName, unreachable } from '@medevac/kernel';
import type { Server } from '@medevac/openstack';
import { patiently } from '../recovery/context.ts';
import { note, type Repairing, RepairStep, readRepair } from './context.ts';
import { type Drive, type DriveResult, driveInstance, readInstance } from './drive-instance.ts';
import type { Look, Tried } from './look-at-instance.ts';

export interface WayResult {
  readonly kind: DriveResult['kind'];
  readonly reason: string;
  readonly host: HostName;
  readonly lastAct: Tried['lastAct'];
  /** Reports that had joined when its guest was last asked to start: those are answered by it. */
  readonly reports: number;
}

type Order = Extract<Look, { kind: 'try' }>;

/** Between the steps of one way: what has become of the instance so far. */
interface Course {
  readonly repairing: Repairing;
  readonly round: number;
  readonly order: Order;
  host: HostName;
  lastAct: Tried['lastAct'];
  reports: number;
}

const isActive = (server: Server): boolean => server.vmState === 'active';
const isRunning = (server: Server): boolean => isActive(server) && server.powerState === 1;

export async function tryWay(
  repairing: Repairing,
  round: number,
  order: Order,
  tried: Tried,
): Promise<WayResult> {
  const course: Course = {
    ...{ repairing, round, order },
    host: order.host,
    lastAct: tried.lastAct,
    reports: 0,
  };
  const { kind, reason } = await follow(course);
  const { host, lastAct, reports } = course;
  return { kind, reason, host, lastAct, reports };
}

async function follow(course: Course): Promise<DriveResult> {
  const { way } = course.order;
  switch (way) {
    case 'restart':
      return await inOrder(course, [stop, start, confirmActive]);
    case 'reboot':
      return await inOrder(course, [reboot, confirmActive]);
    case 'move':
      return await inOrder(course, [stop, migrate, confirmMigration, start, confirmActive]);
    default:
      return unreachable(way);
  }
}

type Leg = (course: Course) => Promise<DriveResult>;

async function inOrder(course: Course, legs: readonly Leg[]): Promise<DriveResult> {
  let result: DriveResult = { kind: 'reached', wasAsked: false, reason: '' };
  for (const leg of legs) {
    result = await leg(course);
    if (result.kind !== 'reached') return result;
  }
  return result;
}

async function stop(course: Course): Promise<DriveResult> {
  const { repairing, order } = course;
  const uuid = repairing.repair.subject;
  const result = await leg(course, RepairStep.stop, {
    begins: `Stopping instance: ${uuid}`,
    ends: `Stopped instance: '${uuid}'`,
    drive: {
      host: course.host,
      name: 'stop',
      record: 'stop',
      mark: order.mark,
      from: ['active', 'error'],
      withinMs: repairing.settings.failures.stopMs,
      isReached: (server) => server.vmState === 'stopped',
      ask: (instance, call) => repairing.ports.nova.stop(instance, call),
    },
  });
  if (result.wasAsked) course.lastAct = 'stop';
  return result;
}

async function start(course: Course): Promise<DriveResult> {
  const { repairing, order } = course;
  const uuid = repairing.repair.subject;
  await countReports(course);
  const result = await leg(course, RepairStep.start, {
    begins: `Starting instance: '${uuid}'`,
    ends: `Instance started: '${uuid}'`,
    drive: {
      host: course.host,
      name: 'start',
      record: 'start',
      mark: order.mark,
      from: ['stopped'],
      withinMs: repairing.settings.failures.startMs,
      isReached: isActive,
      ask: (instance, call) => repairing.ports.actions.start(instance, call),
    },
  });
  if (result.wasAsked) course.lastAct = 'other';
  return result;
}

async function reboot(course: Course): Promise<DriveResult> {
  const { repairing, order } = course;
  const { stopMs, startMs } = repairing.settings.failures;
  const uuid = repairing.repair.subject;
  await countReports(course);
  const result = await leg(course, RepairStep.reboot, {
    begins: `Rebooting instance: '${uuid}'`,
    ends: `Rebooted instance: '${uuid}'`,
    drive: {
      host: course.host,
      name: 'hard reboot',
      record: 'reboot',
      mark: order.mark,
      from: ['active', 'stopped', 'error'],
      withinMs: stopMs + startMs,
      // Active is where it may have begun.
      isReached: (server, wasAsked) => wasAsked && isActive(server),
      ask: (instance, call) => repairing.ports.actions.hardReboot(instance, call),
    },
  });
  if (result.wasAsked) course.lastAct = 'other';
  return result;
}

async function migrate(course: Course): Promise<DriveResult> {
  const { repairing, order } = course;
  const uuid = repairing.repair.subject;
  const result = await leg(course, RepairStep.migrate, {
    begins: `Moving instance: '${uuid}' from ${order.host}`,
    ends: `Moved instance: '${uuid}'`,
    drive: {
      host: course.host,
      name: 'migration',
      record: 'migrate',
      mark: order.mark,
      from: ['stopped'],
      withinMs: repairing.settings.timing.patienceMs,
      isReached: (server) => server.vmState === 'resized' && server.host !== order.host,
      ask: (instance, call) => repairing.ports.actions.migrate(instance, call),
    },
  });
  if (result.kind !== 'reached') return result;
  course.host = await repairing.scope.step(
    `moved-to-${course.round}`,
    patiently(repairing.settings.timing.instanceMs),
    async (attempt) => {
      const server = await readInstance(repairing, attempt);
      return server?.host ?? order.host;
    },
  );
  return result;
}

/** The source is given up only after the instance is whole at its destination. */
async function confirmMigration(course: Course): Promise<DriveResult> {
  const { repairing, order } = course;
  const uuid = repairing.repair.subject;
  return await leg(course, RepairStep.migrate, {
    begins: `Confirming the move of '${uuid}' to ${course.host}`,
    ends: `Confirmed the move of '${uuid}' to ${course.host}`,
    drive: {
      host: course.host,
      name: 'confirmation',
      record: 'confirmResize',
      mark: order.mark,
      from: ['resized'],
      withinMs: repairing.settings.failures.stopMs,
      isReached: (server) => ['stopped', 'active'].includes(server.vmState),
      ask: (instance, call) => repairing.ports.actions.confirmMigration(instance, call),
    },
  });
}

/** Nothing is asked for: the guest must be seen running. */
async function confirmActive(course: Course): Promise<DriveResult> {
  const { repairing, round } = course;
  const { ports, repair, scope, settings } = repairing;
  const uuid = repair.subject;
  const step = RepairStep.confirm;
  const begins = `Confirming instance '${uuid}' vm_state is ACTIVE`;
  const options = patiently(settings.timing.instanceMs);
  return await scope.step(`confirm-${round}`, options, async (attempt): Promise<DriveResult> => {
    await note(repairing, step, { message: begins, progress: 0 });
    const endMs = ports.clock.monotonicMs() + settings.failures.startMs;
    for (;;) {
      const server = await readInstance(repairing, attempt);
      if (server !== undefined && server.taskState === null && isRunning(server)) {
        const message = `Confirmed instance '${uuid}' vm_state is ACTIVE`;
        await note(repairing, step, { message, progress: 1 });
        return { kind: 'reached', wasAsked: false, reason: 'its guest runs' };
      }
      if (server === undefined || ports.clock.monotonicMs() >= endMs) {
        const state = server === undefined ? 'gone' : `${server.vmState}`;
        const reason = `its guest was not seen running: it is ${state}`;
        await note(repairing, step, { message: reason, progress: 1, failed: true });
        return { kind: 'failed', wasAsked: false, reason };
      }
      await ports.clock.sleep(settings.timing.pollMs, attempt.signal);
    }
  });
}

/** Journaled before the guest is asked to start: what joins later is news. */
async function countReports(course: Course): Promise<void> {
  const { repairing, round } = course;
  const options = patiently(repairing.settings.timing.instanceMs);
  course.reports = await repairing.scope.step(
    `reports-${round}`,
    options,
    async () => (await readRepair(repairing)).reports,
  );
}

interface LegOrder {
  readonly begins: string;
  readonly ends: string;
  readonly drive: Drive;
}

async function leg(course: Course, step: RepairStep, order: LegOrder): Promise<DriveResult> {
  const { repairing, round } = course;
  const name = `${order.drive.name.replaceAll(' ', '-')}-${round}`;
  const options = patiently(repairing.settings.timing.instanceMs);
  return await repairing.scope.step(name, options, async (attempt) => {
    await note(repairing, step, { message: order.begins, progress: 0 });
    const result = await driveInstance(repairing, order.drive, attempt);
    const isReached = result.kind === 'reached';
    const message = isReached ? order.ends : result.reason;
    await note(repairing, step, { message, progress: 1, failed: !isReached });
    return result;
  });
}
