/**
 * What operators decide about recoveries. Times of waits that no operator needs to know stand here
 * too.
 */

export interface EngineSettings {
  /**
   * Where root disks made from an image are. No default: a silent one loses data or does nothing.
   */
  readonly storage: 'shared' | 'local';
  /** Instances without a word of their owner are evacuated too. */
  readonly evacuateAllInstances: boolean;
  /** Metadata key of the owner's word. */
  readonly metadataKey: string;
  /** Nova's `report_interval`; `undefined`: learned by watching, and 10 s until then. */
  readonly reportIntervalMs: number | undefined;
  /** What ended longer ago than this is dropped. */
  readonly keepHistoryMs: number;
  readonly timing: EngineTiming;
}

export interface EngineTiming {
  /**
   * Added to the report interval before a host counts as silent: a living host's reports jitter.
   */
  readonly silenceMarginMs: number;
  /** A contradicted report that nobody repeats ends after this long. */
  readonly contradictionMs: number;
  /** A report that is held for any other reason, or not fenced, ends after this long. */
  readonly heldMs: number;
  /** Every instance gets its final answer within this time, room or not. */
  readonly instanceMs: number;
  /** An evacuation that Nova shows unchanged for this long is stuck. */
  readonly patienceMs: number;
  /**
   * An evacuate call whose migration record has not shown is not repeated for this long. Nova does
   * not refuse a second call while a first one is on its way, and would start the instance twice.
   */
  readonly callSettleMs: number;
  /** Pause between two looks at running evacuations. */
  readonly pollMs: number;
  /** One try of clearing `forced_down`. */
  readonly returnMs: number;
}

export const DEFAULT_TIMING: EngineTiming = {
  silenceMarginMs: 1_000,
  contradictionMs: 600_000,
  heldMs: 86_400_000,
  instanceMs: 86_400_000,
  patienceMs: 1_800_000,
  callSettleMs: 90_000,
  pollMs: 1_000,
  returnMs: 600_000,
};
