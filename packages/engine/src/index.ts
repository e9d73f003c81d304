/** The engine, what it is wired with, and the store ports that it consumes. */
export {
  type CommandResult,
  type IncidentCommandParts,
  IncidentCommands,
  type IncidentOrder,
} from './commands/incident-commands.ts';
export { Engine, type EngineOptions } from './engine.ts';
export { ENGINE_ERRORS } from './errors.ts';
export { NovaWatch, type NovaWatchOptions } from './evidence/nova-watch.ts';
export type { EnginePorts, EngineStores } from './ports.ts';
export * from './settings.ts';
export * from './stores/history-store.ts';
export * from './stores/incident-command-store.ts';
export * from './stores/incident-store.ts';
export * from './stores/list-query.ts';
export * from './stores/notification-store.ts';
export * from './stores/repair-store.ts';
export * from './stores/reservation-store.ts';
export * from './stores/return-store.ts';
export * from './stores/segment-store.ts';
export * from './stores/vmove-store.ts';
