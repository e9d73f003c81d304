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
} as const;
