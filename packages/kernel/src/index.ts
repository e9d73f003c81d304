/** What every room may use. */
export * from './abort.ts';
export * from './clock.ts';
export * from './concurrency.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './json.ts';
export * from './limits.ts';
export * from './log.ts';
export * from './manual-clock.ts';
export * from './process/run-command.ts';
export * from './random.ts';
export * from './result.ts';
export * from './retry.ts';
