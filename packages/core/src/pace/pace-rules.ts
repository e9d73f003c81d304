/** What operators set of the pace, and the defaults. */

export interface PaceRules {
  /** Evacuations asked for and not settled: of the whole cloud. */
  readonly openPerCloud: number;
  /** Of one segment. */
  readonly openPerSegment: number;
  /** At one destination. */
  readonly openPerDestination: number;
  /** Evacuate calls on their way to Nova at once. */
  readonly calls: number;
}

export const DEFAULT_PACE_RULES: PaceRules = {
  // As many as a bare script would ask for at once; it comes down when Nova shows that it is much.
  openPerCloud: 200,
  openPerSegment: 200,
  // Messages that one nova-compute works on at once: oslo.messaging's executor_thread_pool_size.
  openPerDestination: 64,
  // Measured best on nova-api with 2 to 8 workers.
  calls: 10,
};
