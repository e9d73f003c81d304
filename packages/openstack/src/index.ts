/** The clients of a cloud: its configuration, Keystone, Nova and Placement, and their errors. */
export * from './call.ts';
export { parseCloudStampMs } from './cloud-stamp.ts';
export * from './config/cloud-config.ts';
export { type Environment, type ReadFile, readTextFile } from './config/config-files.ts';
export * from './config/load-cloud.ts';
export * from './errors.ts';
export * from './image/images.ts';
export { type AccessRule, isAccessAllowed } from './keystone/access-rules.ts';
export { EndpointClient, type EndpointOptions } from './keystone/endpoint-client.ts';
export * from './keystone/tokens.ts';
export * from './nova/aggregates.ts';
export * from './nova/instance-actions.ts';
export * from './nova/nova.ts';
export { refuseUnseenHost } from './nova/seen-host.ts';
export * from './nova/server-groups.ts';
export * from './open-cloud.ts';
export * from './placement/placement.ts';
export type { PolicyFacts, PolicyValue } from './policy/check.ts';
export {
  type EffectiveRule,
  type PolicyFile,
  PolicyRules,
  type RuleDefault,
} from './policy/policy-rules.ts';
export * from './survey/greet-keystone.ts';
export * from './survey/required-versions.ts';
export * from './survey/version-range.ts';
export * from './volume/volumes.ts';
