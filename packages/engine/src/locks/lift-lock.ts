/**
 * Gives one instance back to its owner: takes our own lock off it in Nova, and out of the store. A
 * run of its own, so that it is done however the recovery ended. Observes: the instance, directly
 * before. Changes: nothing unless Nova shows our reason at that moment. Safe to repeat.
 */
import { isOwnLock } from '@medevac/core';
import {
  Gate,
  type InstanceLockUuid,
  invariant,
  type Json,
  LIMITS,
  newUuid,
  OperationalError,
  type RunId,
} from '@medevac/kernel';
import { type Attempt, type Scope, StepFailed, type WorkflowDefinition } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { EnginePorts } from '../ports.ts';
import { patiently } from '../recovery/context.ts';
import { HeedingScope, requireUnpaused } from '../recovery/pause.ts';
import type { EngineSettings } from '../settings.ts';
import type { InstanceLockRecord } from '../stores/instance-lock-store.ts';
import { lockReasonOf } from './place-lock.ts';

export const LIFT_LOCK = 'lift-lock';

export const liftLockRunId = ({ uuid }: InstanceLockRecord): RunId =>
  `${LIFT_LOCK}/${uuid}` as RunId;

export interface LiftLockParts {
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
}

const CALL_MS = 20_000;

export function liftLockWorkflow(parts: LiftLockParts): WorkflowDefinition {
  const { ports, settings } = parts;
  const gate = new Gate(LIMITS.ownerLockCalls);
  return {
    name: LIFT_LOCK,
    version: 1,
    run: async (scope, input) => {
      const record = await readLock(parts, input);
      if (record === undefined) return 'nothing to do';
      const { incidents } = ports.stores;
      const heeding = new HeedingScope(scope, () => requireUnpaused(incidents, record.incidentId));
      try {
        await heeding.step('lift', patiently(settings.timing.heldMs), async (attempt) => {
          await lift(parts, gate, record, attempt);
          return null;
        });
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
        await tryAnew(parts, scope, record);
        return 'to be tried again';
      }
      await scope.write((tenure) => ports.stores.instanceLocks.remove(tenure, record.uuid));
      return 'lifted';
    },
    onInterrupted: async (scope, input) => {
      const record = await readLock(parts, input);
      if (record !== undefined) await tryAnew(parts, scope, record);
    },
  };
}

async function readLock(
  { ports }: LiftLockParts,
  input: Json,
): Promise<InstanceLockRecord | undefined> {
  invariant(typeof input === 'string', 'the input of lifting a lock is its number');
  return await ports.stores.instanceLocks.read(input as InstanceLockUuid);
}

/** Nothing is given up: the next turn of any replica begins a new run. */
async function tryAnew(
  { ports }: LiftLockParts,
  scope: Scope,
  { uuid }: InstanceLockRecord,
): Promise<void> {
  const to = newUuid<InstanceLockUuid>(ports.random);
  await scope.write((tenure) => ports.stores.instanceLocks.renumber(tenure, uuid, to));
}

async function lift(
  { ports, settings }: LiftLockParts,
  gate: Gate,
  { incidentId, instanceUuid, isSettled }: InstanceLockRecord,
  attempt: Attempt,
): Promise<void> {
  const { actions, clock, nova } = ports;
  const reason = lockReasonOf(incidentId);
  const call = () => ({
    deadlineMs: Math.min(attempt.remainingMs(), CALL_MS),
    signal: attempt.signal,
  });
  const look = (): Promise<void> =>
    gate.run(async () => {
      if (!isOwnLock(await nova.readServer(instanceUuid, call()), reason)) return;
      const outcome = await attempt.effect(() => actions.unlock(instanceUuid, call()));
      if (outcome.kind !== 'conflict') return;
      const message = `Nova did not unlock ${instanceUuid}: ${outcome.message}`;
      throw new OperationalError(ENGINE_ERRORS.refused, message);
    }, attempt.signal);
  await look();
  if (isSettled) return;
  // A call whose answer was lost may still lock it, behind this look.
  await clock.sleep(settings.timing.callSettleMs, attempt.signal);
  await look();
}
