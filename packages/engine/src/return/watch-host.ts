/**
 * Watches a host that is back in service: forced down again by somebody, it has not returned; while
 * it is silent, the time begins anew, and its silence counts for the next report of a failure. In
 * the same looks the instances that were never moved are brought back to what they were.
 */
import type { Attempt } from '@medevac/workflow';
import { ReturnState } from '../stores/return-store.ts';
import { LeftInstances } from './left-instances.ts';
import { moveReturn, type ReturnRun, silenceMsOf } from './return-run.ts';

export type WatchAnswer = {
  /** `superseded`: a new failure has ended the return already. */
  readonly kind: 'returned' | 'cancelled' | 'superseded';
  readonly reason: string;
};

const LOOK_MS = 5_000;
/**
 * Nova compares its states with the guests every ten minutes; until it has, an instance may show
 * active although its guest is off.
 */
const LEFT_MS = 900_000;

export async function watchHost(run: ReturnRun, attempt: Attempt): Promise<WatchAnswer> {
  const { parts, record } = run;
  const { clock, stores } = parts.ports;
  const host = record.hostName;
  const left = await LeftInstances.open(run, attempt);
  const beganMs = clock.monotonicMs();
  let calmSinceMs = beganMs;
  let wasSilent = false;
  for (;;) {
    if ((await stores.returns.read(record.incidentId))?.state !== ReturnState.watching) {
      return { kind: 'superseded', reason: `${host} has failed again` };
    }
    const view = await parts.watch.refresh(host);
    if (view === undefined || (view.kind === 'seen' && view.uuid !== record.serviceUuid)) {
      return { kind: 'cancelled', reason: `the service of ${host} is gone from Nova` };
    }
    if (view.kind === 'seen' && view.forcedDown) {
      const reason = `somebody has forced ${host} down again after it was back in service`;
      return { kind: 'cancelled', reason };
    }
    const silentMs = parts.watch.silentForMs(host);
    const isSilent = view.kind === 'unseen' || silentMs >= silenceMsOf(parts, record);
    if (isSilent && !wasSilent) await noteSilence(run, attempt);
    wasSilent = isSilent;
    const isReported = (await stores.incidents.findOpen(host)) !== undefined;
    const isUncertain = isSilent || isReported;
    const nowMs = clock.monotonicMs();
    if (isUncertain) calmSinceMs = nowMs;
    const mayLook = !isUncertain && view.status === 'enabled';
    const waiting = mayLook ? await left.look() : left.count;
    const isCalm = nowMs - calmSinceMs >= parts.settings.returns.watchMs;
    if (isCalm && (waiting === 0 || nowMs - beganMs >= LEFT_MS)) {
      const begun = left.begun === 0 ? '' : `; ${left.begun} of its instances were started there`;
      return { kind: 'returned', reason: `${host} is back in service${begun}` };
    }
    await clock.sleep(LOOK_MS, attempt.signal);
  }
}

async function noteSilence(run: ReturnRun, attempt: Attempt): Promise<void> {
  const { parts, record } = run;
  const { fenceDevices, log } = parts.ports;
  const power: string[] = [];
  for (const device of fenceDevices) {
    const reading = await device.readPower?.(record.hostName, attempt.signal);
    if (reading !== undefined) power.push(`, its power reads ${reading.kind} at ${device.name}`);
  }
  const message = `${record.hostName} is silent again in Nova${power.join('')}`;
  log.warn('return.silent', { host: record.hostName, message });
  await moveReturn(run, { from: ReturnState.watching, to: ReturnState.watching, message });
}
