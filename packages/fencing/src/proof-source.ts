/** Port: something that sees one element of a proof set, for instance the watchers of a storage. */
import type { ProofElement } from '@medevac/core';
import type { HostName } from '@medevac/kernel';

export interface ProofSource {
  readonly name: string;
  readonly element: ProofElement;
  /**
   * Whether the element holds for the host now, asked of the source itself each time. Ends within a
   * time of its own; throws an `OperationalError` when nothing can be said, which is not holding.
   */
  holds(host: HostName, signal: AbortSignal): Promise<boolean>;
}
