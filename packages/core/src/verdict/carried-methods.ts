/** Which recovery methods of a segment this release carries out; one of the others holds a host. */
export const CARRIED_METHODS: readonly string[] = [
  'auto',
  'reserved_host',
  'rh_priority',
  'auto_priority',
];
