/** What a simulated cloud shows of its hosts and instances: as Nova believes, and the truth. */
import type { HostName, ServiceUuid } from '@medevac/kernel';
import type { Server } from '@medevac/openstack';
import type { BmcState } from './bmc.ts';
import type { KernelState, Network } from './machine.ts';

export interface BootOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly bootsFromVolume?: boolean;
  /** What is not on a volume is on a disk of its host, and is gone when it is rebuilt elsewhere. */
  readonly hasLocalDisk?: boolean;
}

/** One line about the cloud: what happened to it, or what Nova did. */
export interface CloudEvent {
  /** Milliseconds since the cloud was made, by its clock. */
  readonly atMs: number;
  readonly host: HostName | undefined;
  readonly text: string;
}

export interface SimulatedHost {
  readonly name: HostName;
  readonly serviceUuid: ServiceUuid;
  readonly power: 'on' | 'off';
  readonly kernel: KernelState;
  readonly bmc: BmcState;
  /** Since when, by the cloud's clock, its power or its BMC is as it is. */
  readonly powerSinceMs: number;
  /** A share of its messages goes wrong. */
  readonly isTroubled: boolean;
  readonly computeRuns: boolean;
  /** Networks that it does not reach, or on which it is not heard. */
  readonly cutOff: readonly Network[];
  /** Its nova-compute runs and is heard: it reports to Nova. */
  readonly isReporting: boolean;
  /** Between two reports of its nova-compute. */
  readonly reportMs: number;
  /** Since when, by the cloud's clock, it has reported without a gap; `undefined`: it does not. */
  readonly reportingSinceMs: number | undefined;
  /** When, by the cloud's clock, it reported last. */
  readonly lastReportMs: number;
  readonly service: {
    readonly isEnabled: boolean;
    readonly disabledReason: string | null;
    readonly isForcedDown: boolean;
    readonly isDeleted: boolean;
    /** How long nobody has changed it through the API. */
    readonly unchangedForMs: number;
  };
  readonly room: number;
}

export interface SimulatedInstance {
  /** As Nova believes. */
  readonly server: Server;
  /** Where its guests really execute at this moment. */
  readonly runsOn: readonly HostName[];
  /** Seconds that its guests have written to its disk. */
  readonly counter: number;
  /** Times that a guest of it was started. */
  readonly starts: number;
  /** Its data is on its host and nowhere else. */
  readonly hasLocalDisk: boolean;
}
