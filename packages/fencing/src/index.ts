export * from './fence-device.ts';
export * from './trusted-reports.ts';
