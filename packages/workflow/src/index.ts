export * from './journal-store.ts';
export * from './lease-store.ts';
