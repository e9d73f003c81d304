export * from './incident/notification-status.ts';
export * from './incident/states.ts';
