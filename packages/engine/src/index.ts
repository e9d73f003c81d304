/** The engine, what it is wired with, and the store ports that it consumes. */

export type {
  CommandResult,
  IncidentCommandParts,
  IncidentOrder,
} from './commands/command-result.ts';
export {
  type ConfirmFencedParts,
  confirmFenced,
  type HostSilence,
  type OperatorsConfirmation,
} from './commands/confirm-fenced.ts';
export { IncidentCommands } from './commands/incident-commands.ts';
export { IncidentSteering } from './commands/steer-incident.ts';
export { Engine, type EngineOptions } from './engine.ts';
export { ENGINE_ERRORS } from './errors.ts';
export { NovaWatch, type NovaWatchOptions } from './evidence/nova-watch.ts';
export {
  HOOK_POINTS,
  type Hook,
  type HookCall,
  type HookFailurePolicy,
  type HookOutcome,
  HookPoint,
} from './hooks/hook.ts';
export {
  DRAIN_DEFAULTS,
  type DrainCommandParts,
  DrainCommands,
  type DrainOrder,
  type DrainRequest,
  type DrainResult,
} from './maintenance/drain-commands.ts';
export type { PaceFigures } from './pace/pace-share.ts';
export type { EnginePorts, EngineStores } from './ports.ts';
export * from './settings.ts';
export * from './stores/drain-store.ts';
export * from './stores/history-store.ts';
export * from './stores/incident-command-store.ts';
export * from './stores/incident-store.ts';
export * from './stores/instance-lock-store.ts';
export * from './stores/list-query.ts';
export * from './stores/notification-store.ts';
export * from './stores/repair-store.ts';
export * from './stores/reservation-store.ts';
export * from './stores/return-store.ts';
export * from './stores/rule-store.ts';
export * from './stores/segment-store.ts';
export * from './stores/vmove-store.ts';
