/**
 * Instances with devices, with encrypted memory or with encrypted volumes: how each class is known,
 * what Nova 26 does with an evacuate call for it, and what we do. The table is the one that the
 * engine uses, and `docs/reference/device-classes.md` is generated from it. What Nova does was read
 * in its source: `compute/api.py` (the decorators of `evacuate`), `conductor/manager.py`
 * (`rebuild_instance`), `compute/resource_tracker.py` (`rebuild_claim`) and `virt/libvirt`.
 */

/** What shows before a failure. */
export interface DeviceFacts {
  readonly flavorExtraSpecs: Readonly<Record<string, string>>;
  /** `undefined`: it boots from a volume, or the image is not known. */
  readonly imageProperties: Readonly<Record<string, string>> | undefined;
}

export interface DeviceClass {
  readonly name: string;
  /** For people: by what it is known. */
  readonly sign: string;
  /** Absent: it shows neither on the flavor nor on the image, only when Nova is asked. */
  readonly isKnownBy?: (facts: DeviceFacts) => boolean;
  /** What Nova 26 does with an evacuate call. */
  readonly nova: string;
  /** `degrade`: brought back, and something of it is lost. `refuse`: never asked for. */
  readonly treatment: 'recover' | 'degrade' | 'refuse';
  /** For people, about one instance: what it needs, what is lost, or why it is refused. */
  readonly reason: string;
  /** Nova's own words when it refuses such an instance for good. */
  readonly refusal?: string;
}

const onFlavor =
  (key: RegExp) =>
  ({ flavorExtraSpecs }: DeviceFacts): boolean =>
    Object.keys(flavorExtraSpecs).some((one) => key.test(one));

/** Flavor and image say the same thing, `hw:a` and `hw_a`; that of the image may be a yes or no. */
const onFlavorOrImage =
  (name: string) =>
  ({ flavorExtraSpecs, imageProperties }: DeviceFacts): boolean =>
    [flavorExtraSpecs[`hw:${name}`], imageProperties?.[`hw_${name}`]].some(
      (word) => word !== undefined && !NO.has(word.trim().toLowerCase()),
    );

const NO: ReadonlySet<string> = new Set(['', '0', 'f', 'false', 'off', 'n', 'no']);

export const DEVICE_CLASSES: readonly DeviceClass[] = [
  {
    name: 'vTPM',
    sign: '`hw:tpm_version` on the flavor, `hw_tpm_version` on the image',
    isKnownBy: onFlavorOrImage('tpm_version'),
    nova: 'refused with 400 (`reject_vtpm_instances`)',
    treatment: 'refuse',
    reason: 'it has a vTPM, whose content is on the failed host: Nova does not evacuate it',
    refusal: 'not supported for vTPM-enabled instance',
  },
  {
    name: 'accelerator of Cyborg',
    sign: '`accel:device_profile` on the flavor',
    isKnownBy: onFlavor(/^accel:device_profile$/),
    nova:
      'evacuated; its accelerators are deleted and bound anew. ' +
      '400 while a nova-compute is older than Wallaby',
    treatment: 'degrade',
    reason: 'its accelerators were given to it anew: what was programmed into them is lost',
    refusal: 'not supported with instances that have accelerators',
  },
  {
    name: 'accelerator on a port',
    sign: 'a port with `vnic_type` `accelerator-direct` or `accelerator-direct-physical`',
    nova: 'refused with 400 (`block_port_accelerators`)',
    treatment: 'refuse',
    reason: 'it has a port with an accelerator: Nova does not evacuate it',
    refusal: 'not supported with Ports that have accelerators',
  },
  {
    name: 'persistent memory',
    sign: '`hw:pmem` on the flavor',
    isKnownBy: onFlavor(/^hw:pmem$/),
    nova: 'evacuated to a host with a free namespace of the same size',
    treatment: 'degrade',
    reason: 'its persistent memory is in the failed host: it has an empty one now',
  },
  {
    name: 'PCI device',
    sign: '`pci_passthrough:alias` on the flavor',
    isKnownBy: onFlavor(/^pci_passthrough:alias$/),
    nova: 'evacuated to a host with a free device of the alias, claimed there',
    treatment: 'recover',
    reason: 'only Nova knows where such a device is free; without one it waits for room',
  },
  {
    name: 'vGPU',
    sign: '`resources:VGPU` on the flavor, with a group number or without',
    isKnownBy: onFlavor(/^resources[A-Za-z0-9_-]*:VGPU$/),
    nova: 'evacuated to a host with room for a vGPU, which is made anew',
    treatment: 'recover',
    reason: 'Placement says where one is free; without one it waits for room',
  },
  {
    name: 'encrypted memory (SEV)',
    sign: '`hw:mem_encryption` on the flavor, `hw_mem_encryption` on the image',
    isKnownBy: onFlavorOrImage('mem_encryption'),
    nova: 'evacuated to a host with a free `MEM_ENCRYPTION_CONTEXT`',
    treatment: 'recover',
    reason: 'Placement says which host can; without one it waits for room',
  },
  {
    name: 'SR-IOV or vDPA port',
    sign: 'a port with `vnic_type` `direct`, `macvtap`, `direct-physical` or `vdpa`',
    nova: 'evacuated; a device is claimed at the destination, and the port bound to it',
    treatment: 'recover',
    reason: 'a destination without a free device fails the claim, and another one is tried',
  },
  {
    name: 'port with a guaranteed rate',
    sign: 'a port with a resource request of several groups',
    nova:
      'evacuated. 400 while a nova-compute is older than Xena ' +
      '(`block_extended_resource_request`)',
    treatment: 'recover',
    reason: 'its host needs the rate free; it waits while an old nova-compute is in the cloud',
  },
  {
    name: 'encrypted volume',
    sign: 'a volume that Cinder shows as `encrypted`; named by `medevac doctor`',
    nova:
      'evacuated; the destination reads the key as the user of the evacuate call. Barbican ' +
      'gives a key to its own project only, unless told otherwise: then the rebuild breaks',
    treatment: 'recover',
    reason: "our user must be allowed to read the owner's keys in the key manager",
  },
];

/** Of which classes the instance is, as far as flavor and image show. */
export const deviceClassesOf = (facts: DeviceFacts): readonly DeviceClass[] =>
  DEVICE_CLASSES.filter((one) => one.isKnownBy?.(facts) === true);

/** The class for which Nova has refused an evacuate call for good; `undefined`: another reason. */
export const refusedClassOf = (message: string): DeviceClass | undefined =>
  DEVICE_CLASSES.find(({ refusal }) => refusal !== undefined && message.includes(refusal));
