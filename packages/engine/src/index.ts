export * from './stores/incident-store.ts';
export * from './stores/list-query.ts';
export * from './stores/notification-store.ts';
export * from './stores/return-store.ts';
export * from './stores/segment-store.ts';
export * from './stores/vmove-store.ts';
