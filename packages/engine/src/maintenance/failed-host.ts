/**
 * What the proof of a host's failure means for a drain of it. A host that is drained and empty
 * needs no recovery: somebody works on it. In every other case the drain ends, and the recovery
 * goes on as for any host. The maintenance of a drain holds nothing back.
 */
import { decideDrainedHost } from '@medevac/core';
import type { ComputeService } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import type { Recovery } from '../recovery/context.ts';
import { DrainState } from '../stores/drain-store.ts';
import { readHostUse } from './drain-run.ts';

/** Why there is nothing to recover; `undefined`: the host is recovered, and no drain is open. */
export async function judgeDrainedHost(
  recovery: Recovery,
  service: ComputeService,
  attempt: Attempt,
): Promise<string | undefined> {
  const { incident, ports, scope } = recovery;
  const { clock, log, stores } = ports;
  const host = incident.hostName;
  const drain = await stores.drains.findOpen(host);
  if (drain === undefined) return undefined;
  const { drained, undraining } = DrainState;
  const isEmptied = drain.state === drained || drain.state === undraining;
  const use = isEmptied ? await readHostUse(ports, host, attempt) : undefined;
  const verdict = decideDrainedHost({
    host,
    drain: { id: drain.id, isEmptied },
    status: service.status,
    disabledReason: service.disabledReason,
    inUse: use === undefined ? 0 : use.busy.length + use.open.length,
  });
  if (verdict.kind === 'nothing-to-recover') return verdict.reason;
  await scope.write((tenure) =>
    stores.drains.endOfFailedHost(tenure, host, incident.id, clock.wallMs()),
  );
  log.warn('drain.host_failed', { drain: drain.id, incident: incident.id, host });
  return undefined;
}
