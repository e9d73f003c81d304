/**
 * The microversion of every call to Nova, in one place, each with its reason. All of them are
 * within reach of a Train cloud (2.79). No call uses a range or `latest`: a cloud's upgrade changes
 * nothing.
 */
export const NOVA_VERSIONS = {
  /** Down cells appear as `UNKNOWN` instead of being left out (2.69); UUIDs as ids since 2.53. */
  listServices: '2.69',
  /** One PUT by UUID with status, reason and forced_down (2.53); the same dialect as the list. */
  changeService: '2.69',
  /** `locked` (2.9) with its reason (2.73); 2.75 begins to refuse unknown filters with 400. */
  listServers: '2.73',
  /** As the list, and a partial record instead of a 500 while the cell is down (2.69). */
  readServer: '2.73',
  /** Paging, sorting by age and `uuid`, without which there is no marker (2.59). */
  listMigrations: '2.59',
  /** Without `force` (2.68), which would pass the scheduler by; from 2.95 on it arrives stopped. */
  evacuate: '2.68',
  resetState: '2.1',
  stop: '2.1',
  start: '2.1',
  hardReboot: '2.1',
  pause: '2.1',
  suspend: '2.1',
  /** From the original image; of an instance that boots from a volume it would need 2.87. */
  rescue: '2.1',
  /** With a reason, by which our own locks are known (2.73). */
  lock: '2.73',
  unlock: '2.1',
  /** Without `force` (2.68); block migration where the disks need it (2.25). */
  liveMigrate: '2.68',
  /** Nova chooses the host; naming one would need 2.56. */
  migrate: '2.1',
  confirmMigration: '2.1',
  /** With the user who asked, and without paging (2.58), of which a few records have no need. */
  listActions: '2.1',
  /** A UUID beside the number by which aggregates are changed (2.41). */
  aggregates: '2.41',
  /** One policy with its rules instead of a list of policies (2.64). */
  listServerGroups: '2.64',
} as const;
