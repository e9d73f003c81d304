/** What an instance asks of a host, in the resource classes and units of Placement. */

export type Resources = Readonly<Record<string, number>>;

export interface NeedFacts {
  readonly vcpus: number;
  readonly memoryMib: number;
  readonly rootDiskGib: number;
  readonly ephemeralDiskGib: number;
  readonly swapMib: number;
  readonly extraSpecs: Readonly<Record<string, string>>;
  /** Its root disk is a volume, and takes nothing of the host. */
  readonly bootsFromVolume: boolean;
}

export interface Needs {
  readonly resources: Resources;
  /** Its flavor asks for more than this says: only Nova knows whether it fits. */
  readonly isPartial: boolean;
}

const MIB_PER_GIB = 1024;
/** Extra specs that replace or add resource classes. */
const OWN_RESOURCES = /^(resources\d*[A-Za-z0-9_-]*:|hw:cpu_policy$|hw:mem_encryption$)/;

export function needsOf(facts: NeedFacts): Needs {
  const { vcpus, memoryMib, ephemeralDiskGib, swapMib, extraSpecs } = facts;
  const root = facts.bootsFromVolume ? 0 : facts.rootDiskGib;
  const disk = root + ephemeralDiskGib + Math.ceil(swapMib / MIB_PER_GIB);
  return {
    resources: { VCPU: vcpus, MEMORY_MB: memoryMib, DISK_GB: disk },
    isPartial: Object.keys(extraSpecs).some((key) => OWN_RESOURCES.test(key)),
  };
}
