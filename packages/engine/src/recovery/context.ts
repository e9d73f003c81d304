/** What every step of one recovery shares. */
import type { PauseFacts } from '@medevac/core';
import { type HostName, OperationalError, type ServiceUuid } from '@medevac/kernel';
import type { ComputeService } from '@medevac/openstack';
import type { JournalStore, Scope, StepOptions } from '@medevac/workflow';
import { ENGINE_ERRORS } from '../errors.ts';
import type { NovaWatch } from '../evidence/nova-watch.ts';
import type { Pace } from '../pace/pace.ts';
import type { EnginePorts } from '../ports.ts';
import type { EngineSettings } from '../settings.ts';
import {
  EvidenceKind,
  type EvidenceRecord,
  type IncidentRecord,
} from '../stores/incident-store.ts';
import type { Recorder } from './recorder.ts';
import type { Surroundings } from './surroundings.ts';

export interface Recovery {
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  readonly watch: NovaWatch;
  readonly surroundings: Surroundings;
  readonly pace: Pace;
  readonly journal: Pick<JournalStore, 'readSteps'>;
  readonly scope: Scope;
  readonly incident: IncidentRecord;
  readonly recorder: Recorder;
}

/** The reason by which our own disabling is known in Nova. */
export const disabledReasonOf = (recovery: Recovery): string => `medevac ${recovery.incident.id}`;

/** A dead host as it was when the verdict fell. Journaled. */
export type DeadHost = {
  readonly serviceUuid: ServiceUuid;
  /** Nova's stamp of the service: any other one that we did not write is a sign of life. */
  readonly stamp: string | null;
  readonly wasEnabled: boolean;
  readonly wasForcedDown: boolean;
};

export interface EvidenceOrder {
  readonly lastFailureReport: EvidenceRecord | undefined;
  readonly lastSignOfLife: EvidenceRecord | undefined;
}

/** The newest report and the newest sign of life, by the order of receipt. */
export async function readEvidenceOrder(recovery: Recovery): Promise<EvidenceOrder> {
  const all = await recovery.ports.stores.incidents.readEvidence(recovery.incident.id);
  return {
    lastFailureReport: all.findLast((one) => one.kind === EvidenceKind.failure),
    lastSignOfLife: all.findLast((one) => one.kind === EvidenceKind.signOfLife),
  };
}

/** Keeps a sign of life that we saw in Nova; from its receipt on every older report is void. */
export async function keepSignOfLife(recovery: Recovery, seen: string): Promise<void> {
  const { clock, stores, replica, log } = recovery.ports;
  const host: HostName = recovery.incident.hostName;
  log.warn('recovery.sign_of_life', { incident: recovery.incident.id, host, seen });
  await stores.incidents.addEvidence(host, {
    kind: EvidenceKind.signOfLife,
    source: 'nova',
    observer: replica,
    content: { seen },
    receivedAtMs: clock.wallMs(),
  });
}

/**
 * What Nova says of the host's service now; `undefined` when it has none. While its cell cannot be
 * reached nothing can be decided: that is thrown, and tried again.
 */
export async function readService(recovery: Recovery): Promise<ComputeService | undefined> {
  const view = await recovery.watch.refresh(recovery.incident.hostName);
  if (view?.kind !== 'unseen') return view;
  const message = `Nova does not show the service of ${recovery.incident.hostName} now`;
  throw new OperationalError(ENGINE_ERRORS.cellUnseen, message);
}

export interface OperatorsWord {
  readonly segmentEnabled: boolean;
  readonly onMaintenance: boolean;
  /** Of the segment, or what an operator has chosen for this incident. */
  readonly recoveryMethod: string;
  readonly paused: PauseFacts | null;
}

/** What operators have set for the host; `undefined` when it is no longer registered. */
export async function readOperatorsWord(recovery: Recovery): Promise<OperatorsWord | undefined> {
  const { incident } = recovery;
  const { clock, stores } = recovery.ports;
  const { incidents, returns, segments } = stores;
  const host = await segments.readHost(incident.hostUuid);
  const segment = await segments.readSegment(incident.segmentUuid);
  if (host === undefined || segment === undefined) return undefined;
  const now = await incidents.read(incident.id);
  const paused = now?.paused ?? null;
  // Once the host was forced down the flag stands because the recovery itself has set it.
  const isOurs = host.isMaintenanceOurs || (await returns.read(incident.id)) !== undefined;
  return {
    segmentEnabled: segment.enabled,
    onMaintenance: host.onMaintenance && !isOurs,
    recoveryMethod: now?.method?.method ?? segment.recoveryMethod,
    paused:
      paused === null ? null : { ...paused, forMs: Math.max(0, clock.wallMs() - paused.atMs) },
  };
}

/** A step that waits for the world to mend for as long as its deadline allows. */
export const patiently = (deadlineMs: number): StepOptions => ({
  deadlineMs,
  retry: {
    maxAttempts: Number.MAX_SAFE_INTEGER,
    firstDelayMs: 500,
    maxDelayMs: 30_000,
    factor: 2,
  },
  outlastsRefusals: true,
});
