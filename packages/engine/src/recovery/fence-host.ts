/** Step 5 of one round: makes certain that the host is off, and from then on keeps it so. */
import { type ConfirmResult, confirmOff, type FencingWatch } from './confirm-off.ts';
import { type DeadHost, patiently, type Recovery } from './context.ts';
import { FenceWait } from './fence-wait.ts';
import { type HeldOff, openHeldOff } from './held-off.ts';
import { OutsideProofs } from './outside-proof.ts';

export type FencedHost =
  | { readonly kind: 'off'; readonly heldOff: HeldOff }
  | Extract<ConfirmResult, { kind: 'void' }>;

export async function fenceHost(
  recovery: Recovery,
  round: number,
  dead: DeadHost,
): Promise<FencedHost> {
  const { scope, settings } = recovery;
  const fencing: FencingWatch = {
    wait: new FenceWait(recovery),
    outside: new OutsideProofs(recovery),
  };
  const options = {
    ...patiently(settings.timing.heldMs),
    pause: (ms: number, signal: AbortSignal) => fencing.wait.pause(ms, signal),
  };
  const confirmed = await fencing.wait.during(() =>
    scope.step(`fence-${round}`, options, (attempt) =>
      confirmOff(recovery, dead, fencing, attempt),
    ),
  );
  if (confirmed.kind === 'void') return confirmed;
  const { confirmation } = confirmed;
  return { kind: 'off', heldOff: await openHeldOff(recovery, { round, confirmation, fencing }) };
}
