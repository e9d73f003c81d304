/**
 * Every bound of the system that is not a setting, with its reason. A queue, page, wait or loop
 * elsewhere names its limit from here.
 */

export const LIMITS = {
  /** One HTTP request to an OpenStack service, answer included. Nova's own RPC time-out is 60 s. */
  cloudRequestMs: 60_000,
  /** Connections per OpenStack service: above this nova-api with its usual workers only queues. */
  cloudConnections: 16,
  /** Nova's default `max_limit`; asking for more is cut by the server. */
  cloudPageSize: 1_000,
  /** Pages of one list: 200,000 instances at 1,000 a page. */
  cloudPages: 200,
  /** An answer that is larger is refused; a page of 1,000 full servers is about 5 MB. */
  cloudAnswerBytes: 64 * 1024 * 1024,
  /** A token is renewed this long before it ends, so that no call starts with a dying one. */
  tokenMarginMs: 60_000,
  /** Validated callers' tokens kept in memory. */
  tokenCacheEntries: 10_000,
  /** Callers' tokens that Keystone is asked about at once; more are told to come again. */
  tokenValidations: 1_000,
  /** A token is asked about again after this long, so that a revoked one stops working. */
  tokenCacheMs: 60_000,
  /** For reading images and server groups before a plan: it can be made without them. */
  surroundingsMs: 5_000,
  /** What was read of them is taken for this long; owners change them rarely. */
  surroundingsFreshMs: 300_000,
  /** Different images of one host: more than any host of instances has in practice. */
  imagesPerPlan: 200,
  /** Images kept in memory between plans; one has about 1 kB. */
  imagesKept: 2_000,
  /** Images read at once. */
  imageReads: 8,
  /** Members of one server group whose hosts are read; a larger group is Nova's to judge. */
  groupMembersRead: 64,
  /** Between two looks at Placement while instances wait for room: room appears rarely. */
  roomLookMs: 15_000,
  /** Locks of waiting instances on their way to Nova at once: evacuate calls come first. */
  ownerLockCalls: 4,
  /** Between two locks of instances that stand in line: a small part of what evacuations cost. */
  lineLockMs: 2_000,
  /** A shorter wait is over before its lock would be of use. */
  lockWorthMs: 5_000,
  /** Hooks of instances that run at once, per incident: each may be a process of its own. */
  hooksPerIncident: 8,
  /** Body of an API request; the default of oslo.middleware, which Masakari keeps. */
  apiBodyBytes: 114_688,
  /**
   * A caller has this long to send a request in full, so that slow ones cannot hold connections.
   */
  apiReceiveMs: 30_000,
  /** Rows of one API list, as Masakari's `osapi_max_limit`. */
  apiPageSize: 1_000,
  /** Journal entries waiting for one commit. */
  journalBatch: 500,
  /** Runs that one replica carries at once. */
  runsPerReplica: 10_000,
  /** Evidence kept per incident; the newest are kept. */
  evidencePerIncident: 200,
  /** Lines of one incident's timeline; the newest are kept. */
  eventsPerIncident: 1_000,
  /** Rules of operators for single instances. */
  instanceRules: 100_000,
  /** Instances of one drain; a host of more has never been seen. */
  instancesPerDrain: 10_000,
  /** Migrations of one drain at once: Nova itself carries out one live migration per host. */
  drainParallel: 20,
  /** Lines kept of one return; the newest are kept. */
  eventsPerReturn: 1_000,
  /** Rows of each kind that one transaction purges. */
  purgeBatch: 100,
} as const;
