/** Port: what has ended long ago is dropped, so that the database does not grow for ever. */

export interface HistoryStore {
  /**
   * Drops, oldest first and at most `limit` of each kind: incidents closed before `beforeMs` with
   * all that belongs to them (evidence, timeline, vmoves, joined notifications, the ended return;
   * an incident whose return is open stays), repairs closed before it likewise, notifications that
   * were settled without an incident before `beforeMs`, and runs that ended before it with their
   * steps and leases. Nothing that is open is touched. Answers how many incidents, notifications
   * and runs went; 0 when nothing was left.
   */
  purge(beforeMs: number, limit: number): Promise<number>;
}
