/**
 * Enables the service of a host that is on its way back. Observes: its service, its reports, who
 * has disabled it. Changes: `status` alone, only where a recovery of ours has disabled a service
 * that was enabled, and only while no incident of the host is open. Safe to repeat.
 */
import { decideEnabling } from '@medevac/core';
import type { IncidentId } from '@medevac/kernel';
import type { Attempt } from '@medevac/workflow';
import { ReturnState } from '../stores/return-store.ts';
import { readTurn } from './read-turn.ts';
import { callOf, notReady, type ReturnRun, reportsNow, requireNoNewFailure } from './return-run.ts';

export type EnableAnswer = {
  /** `enabled`: nothing more is to be enabled. `cleared`: it waits on for what the reason says. */
  readonly kind: 'enabled' | 'cleared' | 'cancelled';
  readonly reason: string;
};

const OUR_REASON = /^medevac ([\w-]{1,64})$/;

export async function enableService(run: ReturnRun, attempt: Attempt): Promise<EnableAnswer> {
  const { parts, record } = run;
  const { nova, stores } = parts.ports;
  const host = record.hostName;
  const turn = await readTurn(parts, record);
  if (turn === undefined) {
    return { kind: 'cancelled', reason: `${host} is not registered any more` };
  }
  const { isReporting } = await reportsNow(parts, record, attempt);
  const view = await parts.watch.refresh(host);
  if (view?.kind !== 'seen') throw notReady(`Nova does not show the service of ${host} now`);
  if (view.uuid !== record.serviceUuid) {
    return { kind: 'cancelled', reason: `${host} has registered anew in Nova as ${view.uuid}` };
  }
  const isDisabledByUs = await wasDisabledByUs(run, view.disabledReason);
  const hasOpenIncident = (await stores.incidents.findOpen(host)) !== undefined;
  const facts = { ...view, host, isReporting, hasOpenIncident, isDisabledByUs };
  const action = decideEnabling(facts);
  if (action.kind === 'leave') return { kind: 'enabled', reason: action.reason };
  if (action.kind === 'wait') return { kind: 'cleared', reason: action.reason };
  const outcome = await attempt.effect(async () => {
    await requireNoNewFailure(parts, record, ReturnState.enabling);
    const change = { status: 'enabled' } as const;
    return await nova.changeService(record.serviceUuid, change, callOf(run, attempt));
  });
  if (outcome.kind === 'changed') return { kind: 'enabled', reason: `${host} is enabled again` };
  throw notReady(outcome.kind === 'missing' ? `the service of ${host} is gone` : outcome.message);
}

/** By this recovery, or by an earlier one whose return was cut off by the next failure. */
async function wasDisabledByUs({ parts, record }: ReturnRun, reason: string | null) {
  const by = OUR_REASON.exec(reason ?? '')?.[1];
  if (by === undefined) return false;
  const opened = await parts.ports.stores.returns.read(by as IncidentId);
  return opened?.hostName === record.hostName && opened.wasEnabled;
}
