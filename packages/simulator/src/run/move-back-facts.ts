/** What has become of an instance since its evacuation, when the product moves it back. */
import type { HostName, InstanceUuid } from '@medevac/kernel';
import type { MoveBackFacts } from '../invariants/move-back.ts';
import type { SimulatedCloud } from '../world/simulated-cloud.ts';

const MOVED: readonly string[] = ['completed', 'finished', 'confirmed'];

/** `undefined`: it is no move to a named host. */
export function moveBackFacts(
  cloud: SimulatedCloud,
  call: string,
  parameters: readonly unknown[],
): MoveBackFacts | undefined {
  const [instance, to] = parameters as readonly [InstanceUuid, HostName | undefined];
  if (call !== 'liveMigrate' || to === undefined) return undefined;
  const all = cloud.migrations().filter((one) => one.instanceUuid === instance);
  const evacuated = all.findLast(({ type }) => type === 'evacuation')?.id ?? 0;
  const moved = all.find(
    ({ id, status, type }) => id > evacuated && type !== 'evacuation' && MOVED.includes(status),
  );
  return { instance, to, movedBy: moved && `${moved.type} ${moved.id}` };
}
