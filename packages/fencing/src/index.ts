/** The port of fence devices and the devices there are. */
export * from './errors.ts';
export * from './fence-device.ts';
export * from './fencing-history.ts';
export * from './power-device.ts';
export * from './power-switch.ts';
export * from './proof-source.ts';
export * from './trusted-reports.ts';
