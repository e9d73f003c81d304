/** Hooks at the moment of a call that changes the cloud: which of those that hold are missing. */
import { HookPoint } from '@medevac/engine';
import type { HookCallFacts } from '../invariants/hooks.ts';
import type { ScriptedHooks } from '../world/scripted-hooks.ts';
import type { ChangingCall } from './call-facts.ts';
import type { Ledger } from './ledger.ts';

const { beforeFence, afterFence, beforeEvacuate, beforeInstance } = HookPoint;

/** Points that lie before the call. */
const BEFORE: Readonly<Record<ChangingCall['call'], readonly HookPoint[]>> = {
  'power-off': [beforeFence],
  'force-down': [beforeFence, afterFence],
  evacuate: [beforeFence, afterFence, beforeEvacuate, beforeInstance],
  reset: [beforeFence, afterFence, beforeEvacuate, beforeInstance],
  clear: [],
};

export function hookCallFacts(
  { hooks, ledger }: { readonly hooks: ScriptedHooks; readonly ledger: Ledger },
  { call, host, instance }: ChangingCall,
): HookCallFacts | undefined {
  const incident = ledger.openIncident(host);
  if (incident === undefined) return undefined;
  const holding = hooks.specs.filter((hook) => hook.onFailure === 'hold');
  const missing = holding.flatMap((hook) =>
    hook.points
      .filter((point) => BEFORE[call].includes(point))
      .filter((point) => {
        const of = point === beforeInstance ? instance : undefined;
        return !hooks.hasSucceeded(hook, incident.id, point, of);
      })
      .map((point) => `${hook.name} at ${point}`),
  );
  return { call, host, missing };
}
