/** Port: another fencer (Pacemaker) that keeps a history of what it fenced. */
import type { HostHistory } from '@medevac/core';
import type { HostName } from '@medevac/kernel';

export interface FencingHistory {
  /** The source of the evidence that comes from it: `pacemaker`. */
  readonly name: string;
  /**
   * What it knows of the host now, under the name of this cloud. Ends within a time of its own;
   * throws an `OperationalError` when it does not answer.
   */
  read(host: HostName, signal: AbortSignal): Promise<HostHistory>;
}
