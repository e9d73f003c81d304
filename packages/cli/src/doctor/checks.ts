/** Every check of `medevac doctor`, in the order in which they are run and told. */
import type { Check } from './check.ts';
import { checkDeviceClasses, checkVolumeKeys } from './check-devices.ts';
import { checkHooks } from './check-hooks.ts';
import {
  checkComputeServices,
  checkRegisteredHosts,
  checkReservedHosts,
  checkStuckInstances,
  remindOfGuestStart,
} from './check-hosts.ts';
import { checkClock, checkCredentials, checkKeystone, checkRights } from './check-keystone.ts';
import { checkCertificate, checkPolicy } from './check-protection.ts';
import {
  checkCompute,
  checkComputeVersions,
  checkInstanceHa,
  checkPlacement,
  checkPlacementVersions,
} from './check-services.ts';
import { checkCloudFile, checkSettings, checkState } from './check-settings.ts';

export const CHECKS: readonly Check[] = [
  checkSettings,
  checkState,
  checkPolicy,
  checkCertificate,
  checkHooks,
  checkCloudFile,
  checkKeystone,
  checkCredentials,
  checkClock,
  checkCompute,
  checkComputeVersions,
  checkPlacement,
  checkPlacementVersions,
  checkRights,
  checkInstanceHa,
  checkComputeServices,
  checkRegisteredHosts,
  checkReservedHosts,
  checkStuckInstances,
  checkDeviceClasses,
  checkVolumeKeys,
  remindOfGuestStart,
];
