/**
 * The service of a host that is drained: disabled once the host is empty, and enabled again by
 * whoever ends the drain. Observes: the service, and what uses the host. Changes: `status` alone,
 * with our reason. Safe to repeat: what stands is not written again.
 */
import { decideUndrain, drainReason } from '@medevac/core';
import { OperationalError } from '@medevac/kernel';
import type { ServiceChange, ServiceChangeOutcome } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import {
  barrierOf,
  callOf,
  type DrainRun,
  isEmpty,
  readDrain,
  readDrainedService,
  readHostUse,
  showDrain,
  silenceMsOf,
} from './drain-run.ts';
import type { MoveBarrier } from './move-instance.ts';

export type Disabling =
  | { readonly kind: 'disabled' }
  /** Something has come to the host meanwhile. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'over'; readonly reason: string };

const LOOK_MS = 2_000;

/** Disables the service of an empty host, and looks once more whether it has stayed empty. */
export async function disableEmptyHost(run: DrainRun, attempt: Attempt): Promise<Disabling> {
  const { drain, ports } = run;
  const { clock } = ports;
  const host = drain.hostName;
  const beganMs = clock.monotonicMs();
  for (;;) {
    const barrier = await barrierOf(run);
    if (barrier !== undefined && barrier.kind !== 'hold') {
      return { kind: 'over', reason: barrier.reason };
    }
    const service = await readDrainedService(run);
    if (service.status === 'disabled') {
      return isEmpty(await readHostUse(ports, host, attempt)) ? DISABLED : BUSY;
    }
    // Of an earlier try nobody knows whether it will land: it must not do so after an undrain.
    const isOut = attempt.outcomeUnknown && clock.monotonicMs() - beganMs < settleMs(run);
    const held = barrier?.reason ?? notReporting(run) ?? (isOut ? 'waits for Nova' : undefined);
    if (held !== undefined) {
      await showDrain(run, held);
      await clock.sleep(LOOK_MS, attempt.signal);
      continue;
    }
    if (!isEmpty(await readHostUse(ports, host, attempt))) return BUSY;
    const change = { status: 'disabled', disabledReason: drainReason(drain.id) } as const;
    const outcome = await attempt.effect(async () => {
      const now = await barrierOf(run);
      return now ?? (await changeService(run, service.uuid, change, attempt));
    });
    if (isBarrier(outcome)) continue;
    requireChanged(host, outcome);
  }
}

/**
 * Enables the service again if it was enabled before and the drain has disabled it. Answers why
 * nothing was to be enabled, or that it was. `onlyWhile`: the state of the drain in which it may.
 */
export async function restoreService(
  run: DrainRun,
  onlyWhile: readonly string[],
  attempt: Attempt,
): Promise<string> {
  const { drain, ports, watch } = run;
  const host = drain.hostName;
  for (;;) {
    const now = await readDrain(run);
    if (!onlyWhile.includes(now.state)) return now.message ?? `the drain is ${now.state}`;
    if (now.serviceUuid === null) return `the service of ${host} was not changed`;
    const view = await watch.refresh(host);
    if (view === undefined) return `${host} is gone from Nova`;
    if (view.kind === 'seen' && view.uuid !== now.serviceUuid) {
      return `${host} has registered anew in Nova as ${view.uuid}`;
    }
    const action =
      view.kind === 'unseen'
        ? ({ kind: 'wait', reason: `Nova does not show the service of ${host} now` } as const)
        : decideUndrain({
            ...{ host, drain: drain.id, wasEnabled: now.wasEnabled === true },
            ...{ status: view.status, disabledReason: view.disabledReason },
            forcedDown: view.forcedDown,
            isReporting: notReporting(run) === undefined,
            hasOpenIncident: await hasOpenIncident(run),
          });
    if (action.kind === 'leave') return action.reason;
    if (action.kind === 'wait') {
      await showDrain(run, action.reason);
      await ports.clock.sleep(LOOK_MS, attempt.signal);
      continue;
    }
    const serviceUuid = now.serviceUuid;
    const outcome = await attempt.effect(async () => {
      const isStill = onlyWhile.includes((await readDrain(run)).state);
      if (!isStill || (await hasOpenIncident(run))) return null;
      return await changeService(run, serviceUuid, { status: 'enabled' }, attempt);
    });
    if (outcome === null) continue;
    requireChanged(host, outcome);
    return `${host} is enabled again`;
  }
}

const DISABLED: Disabling = { kind: 'disabled' };
const BUSY: Disabling = { kind: 'busy' };

const settleMs = ({ settings }: DrainRun): number => settings.timing.callSettleMs;

/** A lone change of a service that Nova counts as up and that is dead blocks Nova's API. */
function notReporting({ drain, settings, watch }: DrainRun): string | undefined {
  const silenceMs = silenceMsOf(watch, settings, drain.hostName);
  if (watch.reports(drain.hostName, silenceMs) === 'yes') return undefined;
  return `${drain.hostName} does not report to Nova`;
}

const hasOpenIncident = async ({ drain, ports }: DrainRun): Promise<boolean> =>
  (await ports.stores.incidents.findOpen(drain.hostName)) !== undefined;

const changeService = (
  run: DrainRun,
  uuid: Parameters<DrainRun['ports']['nova']['changeService']>[0],
  change: ServiceChange,
  attempt: Attempt,
): Promise<ServiceChangeOutcome> =>
  run.ports.nova.changeService(uuid, change, callOf(run, attempt));

const isBarrier = (outcome: ServiceChangeOutcome | MoveBarrier): outcome is MoveBarrier =>
  outcome.kind === 'hold' || outcome.kind === 'end' || outcome.kind === 'stop';

function requireChanged(host: string, outcome: ServiceChangeOutcome): void {
  if (outcome.kind === 'changed') return;
  const why = outcome.kind === 'missing' ? 'its service is gone' : outcome.message;
  throw new OperationalError(ENGINE_ERRORS.refused, `Nova did not change ${host}: ${why}`);
}
