/** The API as its wiring sees it: one constructor, its dependencies, the table of operations. */
export { createApi } from './create-api.ts';
export type { ApiDependencies, ApiOptions, ApiStores } from './dependencies.ts';
export {
  HIGHEST_VERSION,
  LOWEST_VERSION,
  MICROVERSIONS,
  type Microversion,
} from './microversion.ts';
export { DEFAULT_DUPLICATE_WINDOW_MS } from './operations/notifications.ts';
export type { Operation, RequestSchema } from './operations/operation.ts';
export { OPERATIONS } from './operations/table.ts';
export type { HostWire } from './schemas/host.ts';
export type { NotificationWire, RecoveryDetail } from './schemas/notification.ts';
export type { SegmentWire } from './schemas/segment.ts';
export type { VmoveWire } from './schemas/vmove.ts';
