/** The API as its wiring sees it: one constructor, its dependencies, the table of operations. */
export { createApi } from './create-api.ts';
export { POLICY_DEFAULTS, type PolicyRule } from './default-policy.ts';
export type { ApiDependencies, ApiOptions, ApiStores } from './dependencies.ts';
export {
  HIGHEST_VERSION,
  LOWEST_VERSION,
  MICROVERSIONS,
  type Microversion,
} from './microversion.ts';
export {
  masakariDocument,
  medevacDocument,
  type OpenApiDocument,
  type OpenApiOperation,
} from './openapi/openapi-document.ts';
export { DEFAULT_DUPLICATE_WINDOW_MS } from './operations/notifications.ts';
export type { Operation, RequestSchema } from './operations/operation.ts';
export { MEDEVAC_OPERATIONS, OPERATIONS } from './operations/table.ts';
export { DEFAULT_POLICY, factsOf, isAllowed, type Policy } from './policy.ts';
export type { HostWire } from './schemas/host.ts';
export type { IncidentDetailWire, IncidentWire } from './schemas/incident.ts';
export type { NotificationWire, RecoveryDetail } from './schemas/notification.ts';
export type { SegmentWire } from './schemas/segment.ts';
export type { VmoveWire } from './schemas/vmove.ts';
export { type TlsMaterial, TlsServers } from './secure-server.ts';
export {
  type InProcessAnswer,
  type InProcessApi,
  type InProcessRequest,
  serveInProcess,
} from './serve-in-process.ts';
export { bodyCheck, type CheckBody } from './validation/check-body.ts';
export type { WireAnswers, WireBodies } from './wire-types.ts';
