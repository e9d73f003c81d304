/**
 * Port: reserved hosts that are in use for a failed host, one record per use. A reserved host
 * serves one failed host at a time: that stands in a unique key and not in a read before a write.
 *
 * | state | meaning | leaves to |
 * | --- | --- | --- |
 * | held | the recovery of its incident readies it and moves instances to it | releasing, used |
 * | releasing | it was not needed; what was changed in Nova is being undone | given_back, used |
 * | used | instances are on it: it is an ordinary host now | - |
 * | given_back | Nova shows it as before, and it is reserved as before | - |
 */
import type { HostName, HostUuid, IncidentId, ServiceUuid } from '@medevac/kernel';
import type { Tenure, WriteOutcome } from '@medevac/workflow';

export const ReservationState = {
  held: 'held',
  releasing: 'releasing',
  used: 'used',
  givenBack: 'given_back',
} as const;
export type ReservationState = (typeof ReservationState)[keyof typeof ReservationState];

export interface NewReservation {
  readonly incidentId: IncidentId;
  readonly failedHost: HostName;
  /** The reserved host. */
  readonly hostUuid: HostUuid;
  readonly hostName: HostName;
  readonly serviceUuid: ServiceUuid;
  /** How its service was before anything was changed; giving back restores it. */
  readonly wasEnabled: boolean;
  readonly disabledReason: string | null;
  /** The newest ended reservation of the host when its service was read (`lastEnded`). */
  readonly lastEnded: number;
  readonly createdAtMs: number;
}

export interface ReservationRecord extends Omit<NewReservation, 'lastEnded'> {
  /** Grows with every record. */
  readonly id: number;
  readonly state: ReservationState;
  /** Everything that was to be changed in Nova is known to stand there. */
  readonly isReady: boolean;
  /** Aggregates to which it was added, or was about to be. */
  readonly aggregates: readonly number[];
  readonly message: string | null;
  /** How often giving it back was begun anew; names the run of each. */
  readonly tries: number;
  readonly updatedAtMs: number;
}

export interface ReservationMove {
  readonly from: ReservationState;
  readonly to: ReservationState;
  readonly message: string | null;
  readonly atMs: number;
}

export type ReservationNote = Partial<Pick<ReservationRecord, 'isReady' | 'aggregates'>>;

export interface ReservationStore {
  /**
   * Holds a reserved host for an incident. `taken`: another incident has it, or it is no longer
   * reserved, or on maintenance, or a reservation of it has ended since its service was read: what
   * was read then may be that one's doing. Idempotent: what the incident holds already stays as it
   * is.
   */
  reserve(tenure: Tenure, reservation: NewReservation): Promise<WriteOutcome | 'taken'>;
  read(id: number): Promise<ReservationRecord | undefined>;
  /** Number of the newest reservation of the host that has ended; 0: there is none. */
  lastEnded(host: HostUuid): Promise<number>;
  /** Those in `held` or `releasing`, oldest first. */
  listOpen(limit: number): Promise<readonly ReservationRecord[]>;
  /** Every one of the incident, oldest first. */
  listOfIncident(incident: IncidentId): Promise<readonly ReservationRecord[]>;
  /** Keeps what is about to be changed, or that it stands. `lost`: it is not held any more. */
  note(
    tenure: Tenure,
    id: number,
    note: ReservationNote,
    atMs: number,
  ): Promise<WriteOutcome | 'lost'>;
  /**
   * Compare-and-swap on the state. To `used` takes the flag `reserved` from the host in the same
   * transaction. `lost`: the state is not `from`.
   */
  move(tenure: Tenure, id: number, move: ReservationMove): Promise<WriteOutcome | 'lost'>;
  /** `held` to `releasing` once its incident has ended; anybody may. `false`: it is not so. */
  releaseEnded(id: number, atMs: number): Promise<boolean>;
}
