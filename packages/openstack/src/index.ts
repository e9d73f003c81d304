export * from './call.ts';
export * from './keystone/tokens.ts';
export * from './nova/nova.ts';
export * from './placement/placement.ts';
