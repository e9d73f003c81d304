/**
 * What owners have told the cloud beside their instances: server groups and images. Reading it
 * takes no time of the world's; it is read beside longer calls.
 */
import type { InstanceUuid } from '@medevac/kernel';
import type { Image, Images, ServerGroup, ServerGroups } from '@medevac/openstack';

/** Every instance is made of it that is not told otherwise. */
export const DEFAULT_IMAGE = '00000000-0000-4000-c000-000000000001';

export class SimulatedCatalogue implements ServerGroups, Images {
  readonly groups: ServerGroup[] = [];
  readonly images = new Map<string, Image>();

  readonly #isThere: (instance: InstanceUuid) => boolean;

  /** `isThere`: whether the instance has not been deleted; without it all are. */
  constructor(isThere: (instance: InstanceUuid) => boolean = () => true) {
    this.#isThere = isThere;
  }

  async listServerGroups(): Promise<readonly ServerGroup[]> {
    return this.groups.map((group) => ({ ...group, members: group.members.filter(this.#isThere) }));
  }

  async readImage(uuid: string): Promise<Image | undefined> {
    if (uuid === DEFAULT_IMAGE) return { uuid, properties: { status: 'active' } };
    return this.images.get(uuid);
  }
}
