/**
 * What operators decide about failures on a living host: which reports of a guest's trouble are
 * acted on and how, how often one instance is brought back, and which processes take their host out
 * of service. The defaults are Masakari's where it has any.
 */

/**
 * What is tried for an instance, one after the other.
 *
 * | way | what Nova is asked for | leaves the guest |
 * | --- | --- | --- |
 * | restart | `os-stop` where it is not stopped yet, then `os-start` | on its host |
 * | reboot | a hard reboot, which also leads out of the state error | on its host |
 * | move | a cold migration of the stopped instance, its confirmation, `os-start` | on another host |
 *
 * A guest that is dead cannot be migrated live, and Nova refuses an evacuation while it counts the
 * host as up: on a living host the cold migration is the only safe move.
 */
export const RepairWay = { restart: 'restart', reboot: 'reboot', move: 'move' } as const;
export type RepairWay = (typeof RepairWay)[keyof typeof RepairWay];

/** The order in which the ways are tried; a report's action says where it begins. */
export const REPAIR_WAYS: readonly RepairWay[] = ['restart', 'reboot', 'move'];

/** What is done about a report: nothing, or the first way that is tried. */
export type EventAction = 'ignore' | 'restart' | 'reboot';

export interface InstanceEvent {
  /** As monitors write them, `EVENT/DETAIL`. */
  readonly event: string;
  readonly action: EventAction;
  /** For people: what has happened to the guest. */
  readonly meaning: string;
}

/** Every report that a monitor sends; operators may give each another action. */
export const INSTANCE_EVENTS: readonly InstanceEvent[] = [
  entry('LIFECYCLE/STOPPED_FAILED', 'restart', 'its emulator crashed or was killed'),
  entry('QEMU_GUEST_AGENT_ERROR/STOPPED_FAILED', 'restart', 'its guest agent answers no more'),
  entry('IO_ERROR/IO_ERROR_REPORT', 'restart', 'an I/O error was passed on to the guest'),
  entry('IO_ERROR/IO_ERROR_PAUSE', 'ignore', 'it was paused because of an I/O error'),
  entry('IO_ERROR/IO_ERROR_NONE', 'ignore', 'an I/O error without consequence'),
  entry('LIFECYCLE/SUSPENDED_IOERROR', 'ignore', 'it was paused because of an I/O error'),
  entry('LIFECYCLE/SUSPENDED_WATCHDOG', 'ignore', 'its watchdog paused it'),
  entry('LIFECYCLE/SUSPENDED_API_ERROR', 'ignore', 'libvirt paused it after an error of its own'),
  entry('LIFECYCLE/CRASHED_PANICKED', 'ignore', 'its guest operating system panicked'),
  entry('LIFECYCLE/STOPPED_CRASHED', 'ignore', 'its guest operating system crashed'),
  entry('LIFECYCLE/STOPPED_SHUTDOWN', 'ignore', 'it was shut down from inside or by its owner'),
  entry('LIFECYCLE/STOPPED_DESTROYED', 'ignore', 'it was switched off on request'),
  entry('LIFECYCLE/SHUTDOWN_FINISHED', 'ignore', 'its guest has finished a shutdown'),
  entry('REBOOT/UNKNOWN', 'ignore', 'its guest rebooted'),
  entry('WATCHDOG/WATCHDOG_NONE', 'ignore', 'its watchdog ran out, without consequence'),
  entry('WATCHDOG/WATCHDOG_PAUSE', 'ignore', 'its watchdog paused it'),
  entry('WATCHDOG/WATCHDOG_RESET', 'ignore', 'its watchdog reset it'),
  entry('WATCHDOG/WATCHDOG_POWEROFF', 'ignore', 'its watchdog switched it off'),
  entry('WATCHDOG/WATCHDOG_SHUTDOWN', 'ignore', 'its watchdog shut it down'),
  entry('WATCHDOG/WATCHDOG_DEBUG', 'ignore', 'its watchdog ran out, for debugging'),
  entry('IO_ERROR_REASON/UNKNOWN', 'ignore', 'an I/O error with a reason; IO_ERROR tells it too'),
  entry('CONTROL_ERROR/UNKNOWN', 'ignore', 'libvirt lost its control of the emulator'),
];

function entry(event: string, action: EventAction, meaning: string): InstanceEvent {
  return { event, action, meaning };
}

export type ProcessAction = 'ignore' | 'disable';

export interface FailurePolicy {
  /** Actions other than those of the table, by `EVENT/DETAIL`. */
  readonly instanceEvents: Readonly<Record<string, EventAction>>;
  /** Metadata key by which owners ask that a failed instance be brought back. */
  readonly instanceMetadataKey: string;
  /** Also instances whose owners said nothing. */
  readonly processAllInstances: boolean;
  /** Ways that may be tried at all. */
  readonly ways: readonly RepairWay[];
  /** Tries of all ways together for one instance within the window; behind it a person looks. */
  readonly restartLimit: number;
  readonly restartWindowMs: number;
  /** Before the second try within the window; each further one waits twice as long. */
  readonly backOffMs: number;
  /** By process name; a process that is not named is ignored. */
  readonly processes: Readonly<Record<string, ProcessAction>>;
  /** So long may a failed process take to come back before its host is disabled. */
  readonly processGraceMs: number;
  readonly stopMs: number;
  readonly startMs: number;
}

export const DEFAULT_FAILURE_POLICY: FailurePolicy = {
  instanceEvents: {},
  instanceMetadataKey: 'HA_Enabled',
  processAllInstances: false,
  ways: REPAIR_WAYS,
  restartLimit: 5,
  restartWindowMs: 3_600_000,
  backOffMs: 10_000,
  processes: { 'nova-compute': 'disable' },
  processGraceMs: 60_000,
  stopMs: 180_000,
  startMs: 60_000,
};

const LONGEST_BACK_OFF_MS = 600_000;

/** What is done about a report of this event, and what it says; unknown ones are ignored. */
export function eventAction(
  event: string,
  detail: string,
  policy: Pick<FailurePolicy, 'instanceEvents'>,
): InstanceEvent {
  const name = `${event}/${detail}`;
  const known = INSTANCE_EVENTS.find((one) => one.event === name);
  const meaning = known?.meaning ?? 'nothing is known of this event';
  const action = Object.hasOwn(policy.instanceEvents, name)
    ? (policy.instanceEvents[name] ?? 'ignore')
    : (known?.action ?? 'ignore');
  return { event: name, action, meaning };
}

export const processAction = (
  name: string,
  policy: Pick<FailurePolicy, 'processes'>,
): ProcessAction =>
  Object.hasOwn(policy.processes, name) ? (policy.processes[name] ?? 'ignore') : 'ignore';

/** How long to wait before the next try, after so many within the window. */
export function backOffMs(earlier: number, policy: Pick<FailurePolicy, 'backOffMs'>): number {
  if (earlier <= 0) return 0;
  return Math.min(LONGEST_BACK_OFF_MS, policy.backOffMs * 2 ** Math.min(earlier - 1, 20));
}
