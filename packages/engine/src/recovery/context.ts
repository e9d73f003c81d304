/** What every step of one recovery shares. */
import type { HostName, ServiceUuid } from '@medevac/kernel';
import type { Scope } from '@medevac/workflow';
import type { NovaWatch } from '../evidence/nova-watch.ts';
import type { EnginePorts } from '../ports.ts';
import type { EngineSettings } from '../settings.ts';
import {
  EvidenceKind,
  type EvidenceRecord,
  type IncidentRecord,
} from '../stores/incident-store.ts';
import type { Recorder } from './recorder.ts';

export interface Recovery {
  readonly ports: EnginePorts;
  readonly settings: EngineSettings;
  readonly watch: NovaWatch;
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

/** Journal form of a read-only answer that may be repeated for as long as the step lives. */
export const PATIENT_RETRY = {
  maxAttempts: Number.MAX_SAFE_INTEGER,
  firstDelayMs: 500,
  maxDelayMs: 30_000,
  factor: 2,
} as const;
