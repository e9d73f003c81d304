/**
 * The points of a host's return at which hooks run: before its service is enabled, and when it has
 * stayed in service. A new failure of the host ends the waiting for a hook.
 */
import { Guard } from '@medevac/core';
import type { StepOptions } from '@medevac/workflow';
import { TimelineStep } from '../recovery/recorder.ts';
import { moveReturn, type ReturnRun } from '../return/return-run.ts';
import { ReturnState } from '../stores/return-store.ts';
import { HookPoint } from './hook.ts';
import { type PointEnd, passPoint } from './pass-point.ts';

type ReturnPoint = typeof HookPoint.beforeReturn | typeof HookPoint.afterReturn;

/** In which the return is while its hooks run. */
const STATES = {
  [HookPoint.beforeReturn]: ReturnState.enabling,
  [HookPoint.afterReturn]: ReturnState.watching,
} as const;

/** Throws `StepFailed` when a hook that holds has used its time up. */
export async function passReturnPoint(
  run: ReturnRun,
  point: ReturnPoint,
  { deadlineMs }: Pick<StepOptions, 'deadlineMs'>,
): Promise<PointEnd> {
  const { parts, record, scope } = run;
  const { clock, stores } = parts.ports;
  const { hostName: host, hostUuid, incidentId: incident } = record;
  return await passPoint({
    ...parts.ports,
    ...{ point, scope, deadlineMs },
    subject: { incident, host, hostUuid },
    occasion: point,
    check: async () => {
      const isOpen = (await stores.incidents.findOpen(host)) !== undefined;
      const now = await stores.returns.read(incident);
      if (!isOpen && now?.state === STATES[point]) return { kind: 'go' };
      const reason = `${host} is reported as failed again`;
      return { kind: 'void', guard: Guard.contradiction, reason };
    },
    show: {
      note: async (message, failed) => {
        const { hook: step } = TimelineStep;
        const event = { step, message, progress: failed ? 0.5 : 1, failed, atMs: clock.wallMs() };
        await scope.write((tenure) => stores.incidents.addEvent(tenure, incident, event));
      },
      hold: async (message) => {
        await moveReturn(run, { from: STATES[point], to: STATES[point], message });
      },
    },
  });
}
