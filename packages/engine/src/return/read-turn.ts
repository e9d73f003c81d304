/** Whether a host whose `forced_down` is cleared may go back to service now, and why not yet. */
import { decideTurn, type TurnDecision } from '@medevac/core';
import type { Clock } from '@medevac/kernel';
import type { EngineStores } from '../ports.ts';
import { readReturnRules } from '../recovery/effective-rules.ts';
import type { EngineSettings } from '../settings.ts';
import type { ReturnRecord } from '../stores/return-store.ts';

export interface TurnParts {
  readonly ports: {
    readonly clock: Clock;
    readonly stores: Pick<EngineStores, 'returns' | 'rules' | 'segments'>;
  };
  readonly settings: Pick<EngineSettings, 'returns'>;
}

/** `undefined`: the host is registered no more. */
export async function readTurn(
  { ports, settings }: TurnParts,
  record: ReturnRecord,
): Promise<TurnDecision | undefined> {
  const { clock, stores } = ports;
  const host = await stores.segments.readHost(record.hostUuid);
  if (host === undefined) return undefined;
  const nowMs = clock.wallMs();
  const sinceMs = nowMs - settings.returns.flappingWindowMs;
  const rules = await readReturnRules(stores.rules, host.segmentUuid, settings.returns);
  return decideTurn(rules, {
    onMaintenance: host.onMaintenance,
    isMaintenanceOurs: host.isMaintenanceOurs,
    failures: Math.max(1, await stores.returns.countOfHost(record.hostName, sinceMs)),
    clearedForMs: nowMs - record.updatedAtMs,
  });
}
