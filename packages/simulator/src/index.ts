/** A simulated cloud on virtual or real time, and seeded runs of the product against it. */
export { DEMO_REPORT_MS, type DemoSize } from './demo/demo-world.ts';
export { type DemoOptions, type DemoOutcome, type DemoReplica, runDemo } from './demo/run-demo.ts';
export type { AccessRule, Account, ApplicationCredential } from './http/keystone-accounts.ts';
export {
  type ServableCloud,
  type ServeCloudOptions,
  type ServedCloud,
  serveCloud,
} from './http/serve-cloud.ts';
export { CALL_INVARIANTS, type CallFacts } from './invariants/calls.ts';
export type { Invariant, Violation } from './invariants/invariant.ts';
export { END_INVARIANTS, type EndFacts } from './invariants/liveness.ts';
export { GUEST_INVARIANTS, WRITE_INVARIANTS } from './invariants/truths.ts';
export { type Fault, FaultKind, faultLine, type RunPlan } from './run/faults.ts';
export * from './run/fuzz.ts';
export * from './run/large-host.ts';
export { type MinimisedRun, minimise } from './run/minimise.ts';
export { planOf, type RunResult, runPlan, runSeed } from './run/seeded-run.ts';
export {
  compareWithGolden,
  type GoldenOptions,
  type GoldenOutcome,
  lineDifference,
  rewriteCommand,
  scenarioNames,
} from './scenario/golden-log.ts';
export {
  loadScenario,
  runScenario,
  SCENARIOS_FOLDER,
  type Scenario,
  type ScenarioRun,
} from './scenario/run-scenario.ts';
export * from './time/virtual-time.ts';
export type { DoubleRun } from './world/guests.ts';
export { type KernelState, Network } from './world/machine.ts';
export { isBesideOwnEvacuation, type NovaWrite } from './world/nova-write.ts';
export * from './world/simulated-cloud.ts';
