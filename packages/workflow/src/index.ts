/** The runner, what workflows are written with, and the ports that it consumes. */
export * from './definition.ts';
export * from './errors.ts';
export * from './journal-store.ts';
export * from './lease-store.ts';
export { type NewRunRequest, type RunnerOptions, WorkflowRunner } from './runner.ts';
