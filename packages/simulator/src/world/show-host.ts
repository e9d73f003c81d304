/** One host as it is, and as Nova has it. */
import { type Machine, NETWORKS } from './machine.ts';
import type { NovaCompute } from './nova-compute.ts';
import type { NovaTables } from './nova-tables.ts';
import type { SimulatedHost } from './simulated-host.ts';

export function showHost(
  machine: Machine,
  { lastReportMs, reportingSinceMs, reportMs }: NovaCompute,
  tables: NovaTables,
): SimulatedHost {
  const row = tables.service(machine.name);
  return {
    name: machine.name,
    serviceUuid: row.uuid,
    power: machine.power,
    kernel: machine.kernel,
    bmc: machine.bmc,
    powerSinceMs: machine.powerSinceMs,
    isTroubled: machine.trouble !== undefined,
    computeRuns: machine.computeRuns,
    cutOff: NETWORKS.filter((network) => !machine.reaches(network)),
    isReporting: machine.isHeard,
    reportMs,
    lastReportMs,
    reportingSinceMs: machine.isHeard ? reportingSinceMs : undefined,
    service: {
      isEnabled: row.status === 'enabled',
      disabledReason: row.disabledReason,
      isForcedDown: row.forcedDown,
      isDeleted: row.isDeleted,
      unchangedForMs: tables.nowMs() - row.changedMs,
    },
    room: tables.rooms.get(machine.name) ?? 0,
  };
}
