/** Which microversion each of our calls needs, from the one table, and what a cloud lacks. */
import { NOVA_VERSIONS } from '../nova/microversions.ts';
import { CANDIDATES_VERSION, PLACEMENT_VERSION } from '../placement/http-placement.ts';
import { compareVersions, type VersionRange } from './version-range.ts';

export interface RequiredVersion {
  /** As the method of our port is called. */
  readonly call: string;
  readonly version: string;
}

export const REQUIRED_VERSIONS: Readonly<
  Record<'compute' | 'placement', readonly RequiredVersion[]>
> = {
  compute: Object.entries(NOVA_VERSIONS).map(([call, version]) => ({ call, version })),
  placement: [
    { call: 'allocatedProviders', version: PLACEMENT_VERSION },
    { call: 'listCapacity', version: CANDIDATES_VERSION },
  ],
};

/** The calls that a service with this range would refuse with 406. */
export const missingVersions = (
  required: readonly RequiredVersion[],
  range: Pick<VersionRange, 'lowest' | 'highest'>,
): readonly RequiredVersion[] =>
  required.filter(
    ({ version }) =>
      compareVersions(version, range.lowest) < 0 || compareVersions(version, range.highest) > 0,
  );
