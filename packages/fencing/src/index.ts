/** The port of fence devices and the devices there are. */
export * from './fence-device.ts';
export * from './trusted-reports.ts';
