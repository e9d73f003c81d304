/**
 * The instances of a host as the plan sees them: what is decided about each, and in which order
 * those come that are brought back.
 */
import {
  decidePriority,
  decideProtection,
  mayBeWanted,
  needsOf,
  type Ordered,
  type OrderFacts,
  orderRecovery,
  type Protection,
  type ProtectionFacts,
  readAfter,
} from '@medevac/core';
import type { InstanceUuid } from '@medevac/kernel';
import type { Call, Server } from '@medevac/openstack';
import type { EngineSettings } from '../settings.ts';
import type { PlannedOrder } from '../stores/vmove-store.ts';
import type { SeenSurroundings, Surroundings } from './surroundings.ts';

export interface Candidate {
  readonly server: Server;
  readonly protection: Protection;
  /** Of those that are brought back. */
  readonly order: PlannedOrder | undefined;
}

export interface Candidates {
  /** Those that are brought back in the order of their importance, then the others. */
  readonly all: readonly Candidate[];
  /** What could not be taken into account, for people. */
  readonly notes: readonly string[];
}

export interface CandidateParts {
  readonly settings: EngineSettings;
  readonly surroundings: Pick<Surroundings, 'look'>;
}

/** Reads only what can make a difference, and decides. */
export async function chooseCandidates(
  { settings, surroundings }: CandidateParts,
  servers: readonly Server[],
  call: Call,
): Promise<Candidates> {
  const open = servers.filter((server) => mayBeWanted(factsOf(server, undefined), settings));
  const images = new Set(open.flatMap(({ imageUuid }) => imageUuid ?? []));
  const seen = await surroundings.look(images, open.length > 0, call);
  const judged = servers.map((server) => judge(server, seen, settings));
  const ordered = orderRecovery(judged.flatMap(({ facts }) => facts ?? []));
  const wanted = ordered.map((one) => ({
    server: one.facts.server,
    protection: one.facts.protection,
    order: orderOf(one),
  }));
  const others = judged
    .filter(({ facts }) => facts === undefined)
    .map(({ server, protection }) => ({ server, protection, order: undefined }));
  return { all: [...wanted, ...others], notes: seen.notes };
}

interface Wanted extends OrderFacts {
  readonly server: Server;
  readonly protection: Extract<Protection, { kind: 'evacuate' }>;
}

interface Judged {
  readonly server: Server;
  readonly protection: Protection;
  /** `undefined`: it is not brought back. */
  readonly facts: Wanted | undefined;
}

function judge(server: Server, seen: SeenSurroundings, settings: EngineSettings): Judged {
  const facts = factsOf(server, seen.imageOf(server));
  const protection = decideProtection(facts, settings);
  if (protection.kind !== 'evacuate') return { server, protection, facts: undefined };
  const { uuid, name, projectId, metadata, createdAt } = server;
  return {
    server,
    protection,
    facts: {
      ...{ server, protection, uuid, name, projectId, createdAt },
      priority: decidePriority(facts, settings.priorities),
      isAsked: protection.isAsked,
      after: readAfter(metadata),
      groups: seen.groupsOf(uuid).map((group) => group.uuid),
    },
  };
}

const orderOf = ({ facts, waitsFor, notes }: Ordered<Wanted>): PlannedOrder => ({
  priority: facts.priority,
  needs: needsOf({ ...facts.server.flavor, bootsFromVolume: facts.server.imageUuid === null }),
  reason: facts.protection.reason,
  waitsFor: waitsFor.map((uuid) => uuid as InstanceUuid),
  notes: [...notes, ...facts.protection.losses],
});

const factsOf = (
  server: Server,
  imageProperties: ProtectionFacts['imageProperties'],
): ProtectionFacts => ({
  instanceUuid: server.uuid,
  name: server.name,
  projectId: server.projectId,
  vmState: server.vmState,
  taskState: server.taskState,
  metadata: server.metadata,
  tags: server.tags,
  flavorExtraSpecs: server.flavor.extraSpecs,
  imageProperties,
  bootsFromVolume: server.imageUuid === null,
});
