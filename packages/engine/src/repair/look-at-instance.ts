/**
 * Looks at a failed instance until it is clear what to do for it: waits while something holds the
 * repair back or a task is under way, and then decides. It changes nothing but what the
 * notification shows.
 */
import {
  decideInstanceRepair,
  decidePolicy,
  type EventAction,
  eventAction,
  type PolicyAnswer,
  type PolicyRules,
  type RepairWay,
} from '@medevac/core';
import type { HostName } from '@medevac/kernel';
import type { ActionRecord, Server } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import { readInstanceRules } from '../recovery/effective-rules.ts';
import { barrierOf, callOf, type Repairing, readRepair, showHeld } from './context.ts';
import { newerThan, readActions, readInstance } from './drive-instance.ts';

/** What the run knows from its earlier rounds. */
export interface Tried {
  /** Where the instance is expected: on another host than the report's once we have moved it. */
  readonly host: HostName;
  readonly ways: readonly RepairWay[];
  /** What we asked for last; a stop that is newer than it is somebody else's. */
  readonly lastAct: 'none' | 'stop' | 'other';
  /** Newest record of Nova when the repair began. */
  readonly mark: string | null;
}

export type Look =
  | {
      readonly kind: 'end';
      readonly status: 'finished' | 'ignored' | 'failed';
      readonly reason: string;
      readonly reports: number;
    }
  | {
      readonly kind: 'try';
      readonly way: RepairWay;
      readonly afterMs: number;
      readonly vmState: string;
      readonly host: HostName;
      /** Newest record of Nova now. */
      readonly mark: string | null;
    };

/** Records that tell whether its guest is meant to run. */
const SWITCHES: ReadonlySet<string> = new Set(['stop', 'start', 'reboot', 'rebuild', 'evacuate']);

export async function lookAtInstance(
  repairing: Repairing,
  tried: Tried,
  attempt: Attempt,
): Promise<Look> {
  const { clock } = repairing.ports;
  const { failures, timing } = repairing.settings;
  let taskSinceMs: number | undefined;
  for (;;) {
    const { reports } = await readRepair(repairing);
    const barrier = await barrierOf(repairing, tried.host);
    if (barrier?.kind === 'end') {
      return { kind: 'end', status: 'ignored', reason: barrier.reason, reports };
    }
    if (barrier !== undefined) {
      if (isExpired(repairing)) {
        const reason = `held for too long: ${barrier.reason}`;
        return { kind: 'end', status: 'ignored', reason, reports };
      }
      await showHeld(repairing, barrier.reason);
    } else {
      const look = await decide(repairing, tried, reports, attempt);
      if (look.kind !== 'wait') return look;
      const nowMs = clock.monotonicMs();
      taskSinceMs ??= nowMs;
      if (nowMs - taskSinceMs >= failures.stopMs) {
        const reason = `The instance cannot be brought back: ${look.reason}, and does not end.`;
        return { kind: 'end', status: 'failed', reason, reports };
      }
    }
    await clock.sleep(timing.pollMs, attempt.signal);
  }
}

async function decide(
  repairing: Repairing,
  tried: Tried,
  reports: number,
  attempt: Attempt,
): Promise<Look | { readonly kind: 'wait'; readonly reason: string }> {
  const { ports, repair, settings } = repairing;
  const { failures } = settings;
  const server = await readInstance(repairing, attempt);
  const actions = server === undefined ? [] : await readActions(repairing, attempt);
  const sinceMs = ports.clock.wallMs() - failures.restartWindowMs;
  const decision = decideInstanceRepair(
    {
      instance: server && {
        vmState: server.vmState,
        taskState: server.taskState,
        host: server.host,
        isStoppedOnRequest: isStoppedOnRequest(actions, tried.lastAct),
        isRunByOthers: isRunByOthers(actions, tried),
      },
      reportedHost: tried.host,
      action: actionOf(repairing),
      answer: await answerOf(repairing, server, attempt),
      tried: tried.ways,
      triesInWindow: await ports.stores.repairs.countTries(repair.kind, repair.subject, sinceMs),
    },
    failures,
  );
  if (decision.kind === 'wait') return decision;
  if (decision.kind === 'end') return { ...decision, reports };
  const { vmState = '' } = server ?? {};
  return { ...decision, vmState, host: tried.host, mark: actions[0]?.requestId ?? null };
}

function isStoppedOnRequest(actions: readonly ActionRecord[], lastAct: Tried['lastAct']): boolean {
  const newest = actions.find((one) => SWITCHES.has(one.action));
  return newest?.action === 'stop' && newest.userId !== null && lastAct !== 'stop';
}

/** Before we did anything, somebody has started or rebooted it since the report. */
function isRunByOthers(actions: readonly ActionRecord[], { lastAct, mark, ways }: Tried): boolean {
  if (lastAct !== 'none' || ways.length > 0) return false;
  const newer = newerThan(actions, mark);
  return newer.some((one) => SWITCHES.has(one.action) && one.action !== 'stop');
}

function actionOf({ repair, settings }: Repairing): Exclude<EventAction, 'ignore'> {
  const { event = '', vir_domain_event: detail = '' } = repair.payload;
  const { action } = eventAction(event, detail, settings.failures);
  // The report was taken up before the operator's settings changed.
  return action === 'ignore' ? 'restart' : action;
}

/** Failures of an instance have a metadata key and a default of their own, as in Masakari. */
async function answerOf(
  repairing: Repairing,
  server: Server | undefined,
  attempt: Attempt,
): Promise<PolicyAnswer> {
  const { settings, surroundings } = repairing;
  const { instanceMetadataKey: metadataKey, processAllInstances } = settings.failures;
  if (server === undefined) return { policy: 'never', isAsked: false, reason: 'it is gone' };
  const rules: PolicyRules = {
    ...(await readInstanceRules(repairing, [server.uuid])),
    metadataKey,
    evacuateAllInstances: processAllInstances,
  };
  const images = new Set(server.imageUuid === null ? [] : [server.imageUuid]);
  const seen = await surroundings.look(images, false, callOf(attempt));
  const answer = decidePolicy(
    {
      instanceUuid: server.uuid,
      name: server.name,
      projectId: server.projectId,
      metadata: server.metadata,
      tags: server.tags,
      flavorExtraSpecs: server.flavor.extraSpecs,
      imageProperties: seen.imageOf(server),
    },
    rules,
  );
  return { ...answer, reason: answer.reason.replace('are evacuated', 'are brought back') };
}

/** Held for longer than any report is kept waiting. Wall time, because it outlives replicas. */
const isExpired = ({ ports, repair, settings }: Repairing): boolean =>
  ports.clock.wallMs() - repair.openedAtMs >= settings.timing.heldMs;
