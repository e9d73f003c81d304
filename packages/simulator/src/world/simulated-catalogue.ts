/**
 * What owners have told the cloud beside their instances: server groups and images. Reading it
 * takes no time of the world's; it is read beside longer calls.
 */
import type { Image, Images, ServerGroup, ServerGroups } from '@medevac/openstack';

export class SimulatedCatalogue implements ServerGroups, Images {
  readonly groups: ServerGroup[] = [];
  readonly images = new Map<string, Image>();

  async listServerGroups(): Promise<readonly ServerGroup[]> {
    return this.groups.map((group) => ({ ...group }));
  }

  async readImage(uuid: string): Promise<Image | undefined> {
    return this.images.get(uuid) ?? { uuid, properties: {} };
  }
}
