/**
 * Settings about failures of instances and processes on living hosts, and the rules of the engine
 * that they make. Where Masakari has such an option, its default is kept and its name is told.
 */
import { DEFAULT_FAILURE_POLICY, type FailurePolicy } from '@medevac/core';
import { eventActions, processActions, repairWays } from './read-structure.ts';
import { DAY_SECONDS, SECOND, text, timeIn, wholeNumber, yesOrNo } from './read-text.ts';
import type { ServeSettings, Setting } from './settings-table.ts';

export const FAILURE_SETTINGS = {
  instanceHaEnabledKey: {
    name: 'instance-ha-enabled-key',
    value: 'KEY',
    help:
      'metadata by which owners say whether an instance that failed on a living host is brought ' +
      'back ([instance_failure] ha_enabled_instance_metadata_key)',
    read: text,
    fallback: DEFAULT_FAILURE_POLICY.instanceMetadataKey,
  },
  processAllInstances: {
    name: 'process-all-instances',
    value: 'true|false',
    help: 'also failed instances whose owners said nothing ([instance_failure])',
    read: yesOrNo,
    fallback: DEFAULT_FAILURE_POLICY.processAllInstances,
  },
  instanceEvents: {
    name: 'instance-events',
    value: 'YAML',
    help:
      'mapping from EVENT/DETAIL of a report to ignore, restart or reboot, above the built-in ' +
      'table, in which the three that Masakari recovers are restarted',
    read: eventActions,
    fallback: DEFAULT_FAILURE_POLICY.instanceEvents,
    shownDefault: '{}',
    isStructured: true,
  },
  instanceWays: {
    name: 'instance-ways',
    value: 'LIST',
    help:
      'what may be tried for a failed instance, one after the other: restart (stop and start), ' +
      'reboot (hard), move (a cold migration; policy evacuate only)',
    read: repairWays,
    fallback: DEFAULT_FAILURE_POLICY.ways,
    shownDefault: DEFAULT_FAILURE_POLICY.ways.join(','),
  },
  instanceRestartLimit: {
    name: 'instance-restart-limit',
    value: 'NUMBER',
    help: 'tries for one instance within --instance-restart-window; behind it a person must look',
    read: wholeNumber(1, 1_000),
    fallback: DEFAULT_FAILURE_POLICY.restartLimit,
    shownDefault: String(DEFAULT_FAILURE_POLICY.restartLimit),
  },
  instanceRestartWindow: {
    name: 'instance-restart-window',
    value: 'SECONDS',
    help: 'the time over which --instance-restart-limit counts',
    read: timeIn(SECOND, 60, 30 * DAY_SECONDS),
    fallback: DEFAULT_FAILURE_POLICY.restartWindowMs,
  },
  instanceBackOff: {
    name: 'instance-back-off',
    value: 'SECONDS',
    help: 'pause before the second try within the window; each further one waits twice as long',
    read: timeIn(SECOND, 0, 600),
    fallback: DEFAULT_FAILURE_POLICY.backOffMs,
  },
  instanceStopTimeout: {
    name: 'instance-stop-timeout',
    value: 'SECONDS',
    help: 'an instance must be stopped within this time (wait_period_after_power_off)',
    read: timeIn(SECOND, 1, DAY_SECONDS),
    fallback: DEFAULT_FAILURE_POLICY.stopMs,
  },
  instanceStartTimeout: {
    name: 'instance-start-timeout',
    value: 'SECONDS',
    help: 'an instance must be running within this time (wait_period_after_power_on)',
    read: timeIn(SECOND, 1, DAY_SECONDS),
    fallback: DEFAULT_FAILURE_POLICY.startMs,
  },
  processPolicies: {
    name: 'process-policies',
    value: 'YAML',
    help:
      'mapping from a process name to ignore or disable: whether its failure takes the host out ' +
      'of scheduling until it is back; of processes that are not named only nova-compute does',
    read: processActions,
    fallback: {},
    shownDefault: '{}',
    isStructured: true,
  },
  processGrace: {
    name: 'process-grace',
    value: 'SECONDS',
    help: 'so long may a failed process take to come back before its host is disabled',
    read: timeIn(SECOND, 0, DAY_SECONDS),
    fallback: DEFAULT_FAILURE_POLICY.processGraceMs,
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

/** The rules of the engine that these settings make. */
export const failurePolicy = (
  given: Pick<ServeSettings, keyof typeof FAILURE_SETTINGS>,
): FailurePolicy => ({
  instanceEvents: given.instanceEvents,
  instanceMetadataKey: given.instanceHaEnabledKey,
  processAllInstances: given.processAllInstances,
  ways: given.instanceWays,
  restartLimit: given.instanceRestartLimit,
  restartWindowMs: given.instanceRestartWindow,
  backOffMs: given.instanceBackOff,
  processes: { ...DEFAULT_FAILURE_POLICY.processes, ...given.processPolicies },
  processGraceMs: given.processGrace,
  stopMs: given.instanceStopTimeout,
  startMs: given.instanceStartTimeout,
});
