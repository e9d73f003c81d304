/**
 * Step 2 and 3 of a host failure: watches until the host is proven silent, holds while a guard or a
 * contradiction stands, and ends with the host's death or the report's end. It changes nothing but
 * the incident's own state; repeating it after a crash measures the silence anew.
 */
import { decideHost, type HostFacts, IncidentState } from '@medevac/core';
import { invariant } from '@medevac/kernel';
import type { ServiceView } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import { judgeDrainedHost } from '../maintenance/failed-host.ts';
import type { EvidenceRecord } from '../stores/incident-store.ts';
import {
  type DeadHost,
  keepSignOfLife,
  type Recovery,
  readEvidenceOrder,
  readOperatorsWord,
} from './context.ts';
import { TimelineStep } from './recorder.ts';

export type VerdictResult =
  | ({ readonly kind: 'dead'; readonly reason: string } & DeadHost)
  /** `living`: the report was wrong, or asks for nothing. `expired`: it was held for too long. */
  | { readonly kind: 'living' | 'expired'; readonly reason: string };

/** No look is further away than this, so that a sign of life is seen while the host is watched. */
const LONGEST_PAUSE_MS = 1_000;

/** The stamp that a later one is compared with: read after the newest report was received. */
interface Baseline {
  readonly report: number;
  /** `undefined` until Nova shows the service: what appears after an outage is no sign of life. */
  readonly stamp: string | null | undefined;
}

export async function awaitVerdict(recovery: Recovery, attempt: Attempt): Promise<VerdictResult> {
  const { clock } = recovery.ports;
  let baseline: Baseline | undefined;
  for (;;) {
    const evidence = await readEvidenceOrder(recovery);
    const report = evidence.lastFailureReport;
    invariant(report !== undefined, 'an incident has at least the report that opened it');
    const view = await recovery.watch.refresh(recovery.incident.hostName);
    if (baseline?.report !== report.id || baseline.stamp === undefined) {
      baseline = { report: report.id, stamp: view?.kind === 'seen' ? view.updatedAt : undefined };
    } else if (isSignOfLife(view, baseline, evidence.lastSignOfLife)) {
      await keepSignOfLife(recovery, `the stamp of its service moved from ${baseline.stamp}`);
      continue;
    }
    const { recorder } = recovery;
    const heldForMs = recorder.state === IncidentState.held ? recorder.inStateForMs : 0;
    const facts = await factsOf(recovery, view, heldForMs, {
      lastFailureReport: report.id,
      lastSignOfLife: evidence.lastSignOfLife?.id,
    });
    if (facts === undefined) {
      return { kind: 'living', reason: 'the host is no longer registered in a segment' };
    }
    const verdict = decideHost(facts);
    if (verdict.kind === 'healthy') return { kind: 'living', reason: verdict.reason };
    if (verdict.kind === 'expired') return { kind: 'expired', reason: verdict.reason };
    if (verdict.kind === 'failed') {
      const spared =
        view?.kind === 'seen' ? await judgeDrainedHost(recovery, view, attempt) : undefined;
      if (spared !== undefined) return { kind: 'living', reason: spared };
      return await conclude(recovery, verdict.reason, view);
    }
    if (verdict.kind === 'held') {
      const { reason } = verdict;
      const isNew = await recovery.recorder.hold(verdict);
      // Clients that show no message show the timeline.
      if (isNew) await recovery.recorder.note(TimelineStep.verdict, `Held: ${reason}`, 0.5);
    } else {
      await recovery.recorder.moveTo(IncidentState.suspected, verdict.reason);
    }
    await clock.sleep(Math.min(verdict.recheckAfterMs, LONGEST_PAUSE_MS), attempt.signal);
  }
}

/** The first sign of life after a report voids it; further ones add nothing. */
function isSignOfLife(
  view: ServiceView | undefined,
  baseline: Baseline,
  lastSignOfLife: EvidenceRecord | undefined,
): boolean {
  if (view?.kind !== 'seen' || view.updatedAt === baseline.stamp) return false;
  return lastSignOfLife === undefined || lastSignOfLife.id < baseline.report;
}

async function factsOf(
  recovery: Recovery,
  view: ServiceView | undefined,
  heldForMs: number,
  order: Pick<HostFacts, 'lastFailureReport' | 'lastSignOfLife'>,
): Promise<HostFacts | undefined> {
  const { incident, settings, watch } = recovery;
  const word = await readOperatorsWord(recovery);
  if (word === undefined) return undefined;
  return {
    host: incident.hostName,
    service: view?.kind ?? 'missing',
    silentForMs: watch.silentForMs(incident.hostName),
    silenceNeededMs: silenceNeededMs(recovery),
    ...order,
    ...word,
    heldForMs,
    limits: {
      contradictionMs: settings.timing.contradictionMs,
      heldMs: settings.timing.heldMs,
      pausedMs: settings.timing.pausedMs,
    },
  };
}

/** One report interval, and a margin for the jitter of a living host's reports. */
export const silenceNeededMs = (recovery: Recovery): number =>
  recovery.watch.reportIntervalMs(recovery.incident.hostName) +
  recovery.settings.timing.silenceMarginMs;

async function conclude(
  recovery: Recovery,
  reason: string,
  view: ServiceView | undefined,
): Promise<VerdictResult> {
  invariant(view?.kind === 'seen', 'a host is only declared dead when Nova shows its service');
  await recovery.recorder.note(TimelineStep.verdict, reason, 1);
  return {
    kind: 'dead',
    reason,
    serviceUuid: view.uuid,
    stamp: view.updatedAt,
    wasEnabled: view.status === 'enabled',
    wasForcedDown: view.forcedDown,
  };
}
