/**
 * Open migrations that were written off: every other host on which they may run the instance was
 * confirmed dead. While such a record stands as it stood then, nothing comes of it any more; when
 * it moves again, somebody has taken it up.
 *
 * | how a record that was written off looks now | what it is |
 * | --- | --- |
 * | as it was | void |
 * | named by a host that was confirmed dead | that host is back and carries its old message out |
 * | anything else | a later call goes on under it: Nova's conductor takes the oldest record of the instance that is `accepted`, and leaves the record of that call `accepted` for ever |
 */

/** Of a migration record, what this is decided on. */
export type RecordFacts = {
  readonly id: number;
  readonly status: string;
  readonly destHost: string | null;
};

/** As it stood when it was written off. */
export type WriteOff = RecordFacts & {
  /** The hosts that were confirmed dead. */
  readonly hosts: readonly string[];
};

export interface LeftRecords<Row> {
  /** Records by which something may still happen, in the order in which they were given. */
  readonly records: readonly Row[];
  /** What a host that was confirmed dead has done since, in one sentence. */
  readonly takenUp: string | undefined;
}

/** Leaves out what is void. Of several write-offs of one record the last one counts. */
export function withoutWrittenOff<Row extends RecordFacts>(
  rows: readonly Row[],
  writeOffs: readonly WriteOff[],
): LeftRecords<Row> {
  if (writeOffs.length === 0) return { records: rows, takenUp: undefined };
  const known = new Map(writeOffs.map((one) => [one.id, one]));
  const dead = new Set(writeOffs.flatMap((one) => one.hosts));
  const voided = new Set<number>();
  let takenUp: string | undefined;
  /** Later calls that went on under an older record, and whose own record is not found yet. */
  let spare = 0;
  for (const row of rows.toSorted((a, b) => a.id - b.id)) {
    const was = known.get(row.id);
    const isNamedByDead = row.destHost !== null && dead.has(row.destHost);
    if (was === undefined) {
      const isUntouched = row.status === 'accepted' && row.destHost === null;
      if (spare > 0 && isUntouched) {
        spare -= 1;
        voided.add(row.id);
      }
    } else if (isSame(was, row)) voided.add(row.id);
    else if (isNamedByDead) {
      const now = `migration ${row.id} is ${row.status} there`;
      takenUp = `${row.destHost} was confirmed dead, and ${now}`;
    } else spare += 1;
  }
  return { records: rows.filter((one) => !voided.has(one.id)), takenUp };
}

/**
 * The record of a message that a returned host has read too late: it has failed before it built
 * anything. Nova 26 then leaves the instance in error with the task `rebuilding`; a host that had
 * begun to build leaves another task or none, and a later call may have set this one.
 */
export function readTooLate<Row extends RecordFacts>(
  server: { readonly vmState: string; readonly taskState: string | null },
  rows: readonly Row[],
  writeOffs: readonly WriteOff[],
): Row | undefined {
  if (server.vmState !== 'error' || server.taskState !== 'rebuilding') return undefined;
  const known = new Map(writeOffs.map((one) => [one.id, one]));
  const last = Math.max(...known.keys());
  if (rows.some((one) => one.id > last)) return undefined;
  return rows.find((row) => {
    const was = known.get(row.id);
    const isThere = row.destHost !== null && was?.hosts.includes(row.destHost) === true;
    return was?.status === 'accepted' && row.status === 'failed' && isThere;
  });
}

const isSame = (was: RecordFacts, now: RecordFacts): boolean =>
  was.status === now.status && was.destHost === now.destHost;
