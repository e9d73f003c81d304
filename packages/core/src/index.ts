/** Everything that is decided. */
export * from './evacuation/decide-instance.ts';
export * from './fencing/confirmation.ts';
export * from './incident/notification-status.ts';
export * from './incident/states.ts';
export * from './notification/decide-notification.ts';
export * from './protection/decide-protection.ts';
export * from './return/decide-return.ts';
export * from './verdict/decide-host.ts';
