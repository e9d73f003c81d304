/**
 * One request to Nova for one instance, driven to its end: observes, asks if that is still needed,
 * and watches. A request whose answer was lost is not repeated before Nova's own record shows that
 * it came, or it has had the time to come: a late stop would switch a running guest off.
 */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { ActionRecord, Call, RejectableOutcome, Server } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import { barrierOf, callOf, type Repairing } from './context.ts';

export interface Drive {
  /** Where the instance is: a failure of this host comes first. */
  readonly host: HostName;
  /** For people: `stop`, `start`. */
  readonly name: string;
  /** Nova's own name for it in its records of actions. */
  readonly record: string;
  /** Newest record of Nova before this was asked; `null`: there was none. */
  readonly mark: string | null;
  /** States from which it is asked. */
  readonly from: readonly string[];
  readonly withinMs: number;
  /** Also reached when it never had to be asked; `wasAsked`: Nova has taken it. */
  readonly isReached: (server: Server, wasAsked: boolean) => boolean;
  readonly ask: (uuid: InstanceUuid, call: Call) => Promise<RejectableOutcome>;
}

export type DriveResult =
  | { readonly kind: 'reached' | 'failed'; readonly wasAsked: boolean; readonly reason: string }
  /** Somebody or something else comes first: the repair looks again. */
  | { readonly kind: 'left'; readonly wasAsked: boolean; readonly reason: string };

type Asked = 'no' | 'unknown' | 'yes';

export async function driveInstance(
  repairing: Repairing,
  drive: Drive,
  attempt: Attempt,
): Promise<DriveResult> {
  const { clock } = repairing.ports;
  const { callSettleMs, pollMs } = repairing.settings.timing;
  const beganMs = clock.monotonicMs();
  let asked: Asked = attempt.outcomeUnknown ? 'unknown' : 'no';
  const endMs = beganMs + drive.withinMs + (asked === 'unknown' ? callSettleMs : 0);
  for (;;) {
    const barrier = await barrierOf(repairing, drive.host);
    if (barrier !== undefined) return ended('left', asked, barrier.reason);
    const server = await readInstance(repairing, attempt);
    if (server === undefined) return ended('left', asked, 'Nova has the instance no more');
    if (asked === 'unknown' && (await hasRecord(repairing, drive, attempt))) asked = 'yes';
    if (asked === 'unknown' && clock.monotonicMs() - beganMs >= callSettleMs) asked = 'no';
    const seen = judge(drive, server, asked);
    if (seen !== undefined) return seen;
    if (asked === 'no' && server.taskState === null) {
      const answer = await ask(repairing, drive, attempt);
      if (answer !== 'accepted') return answer;
      asked = 'yes';
      continue;
    }
    if (clock.monotonicMs() >= endMs) {
      const seconds = Math.round(drive.withinMs / 1000);
      const state = `${server.vmState}, task ${server.taskState ?? 'none'}`;
      return ended('failed', asked, `no ${drive.name} within ${seconds} s: it is ${state}`);
    }
    await clock.sleep(pollMs, attempt.signal);
  }
}

/** Whether there is nothing to ask for or to wait for any more. */
function judge(drive: Drive, server: Server, asked: Asked): DriveResult | undefined {
  // A lost request that comes behind what is done next would undo it.
  if (server.taskState !== null || asked === 'unknown') return undefined;
  const { vmState } = server;
  if (drive.isReached(server, asked === 'yes')) return ended('reached', asked, `it is ${vmState}`);
  if (asked === 'yes') return ended('failed', asked, `after its ${drive.name} it is ${vmState}`);
  if (drive.from.includes(vmState)) return undefined;
  return ended('left', asked, `it is ${vmState}, which is not where a ${drive.name} begins`);
}

async function ask(
  repairing: Repairing,
  drive: Drive,
  attempt: Attempt,
): Promise<DriveResult | 'accepted'> {
  const uuid = repairing.repair.subject as InstanceUuid;
  const outcome = await attempt.effect(async () => {
    // The last look, behind the renewal of the lease: the host may have failed meanwhile.
    const barrier = await barrierOf(repairing, drive.host);
    return barrier === undefined ? await drive.ask(uuid, callOf(attempt)) : barrier;
  });
  switch (outcome.kind) {
    case 'accepted':
      return 'accepted';
    case 'missing':
      return ended('left', 'no', 'Nova has the instance no more');
    case 'hold':
    case 'end':
      return ended('left', 'no', outcome.reason);
    case 'conflict':
      return ended('left', 'no', `Nova refused the ${drive.name}: ${outcome.message}`);
    case 'rejected':
      return ended('failed', 'no', `Nova rejected the ${drive.name}: ${outcome.message}`);
  }
}

export async function readInstance(
  { ports, repair }: Repairing,
  attempt: Attempt,
): Promise<Server | undefined> {
  return await ports.nova.readServer(repair.subject as InstanceUuid, callOf(attempt));
}

export async function readActions(
  { ports, repair }: Repairing,
  attempt: Attempt,
): Promise<readonly ActionRecord[]> {
  return await ports.actions.listActions(repair.subject as InstanceUuid, callOf(attempt));
}

/** Records that are newer than the mark, newest first. */
export function newerThan(
  actions: readonly ActionRecord[],
  mark: string | null,
): readonly ActionRecord[] {
  const index = actions.findIndex((one) => one.requestId === mark);
  return index < 0 ? actions : actions.slice(0, index);
}

async function hasRecord(repairing: Repairing, drive: Drive, attempt: Attempt): Promise<boolean> {
  const newer = newerThan(await readActions(repairing, attempt), drive.mark);
  return newer.some((one) => one.action === drive.record && one.userId !== null);
}

const ended = (kind: DriveResult['kind'], asked: Asked, reason: string): DriveResult => ({
  kind,
  wasAsked: asked !== 'no',
  reason,
});
