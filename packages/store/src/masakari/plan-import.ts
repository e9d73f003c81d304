/**
 * Decides what an import does, from what Masakari has and what is here already. An object that is
 * here with the same values is left alone, so that a second run does nothing; one with other values
 * is a conflict that names both. Nothing unfinished comes over: a report that Masakari was still
 * working on must not start a recovery here. Deleted segments and hosts stay behind; their names
 * live on in the history.
 */
import type {
  MasakariContents,
  MasakariHost,
  MasakariNotification,
  MasakariSegment,
  MasakariVmove,
} from './masakari-rows.ts';

export interface PresentSegment {
  readonly uuid: string;
  readonly name: string;
  readonly description: string | null;
  readonly serviceType: string;
  readonly recoveryMethod: string;
  readonly enabled: boolean;
  readonly isDeleted: boolean;
}

export interface PresentHost {
  readonly uuid: string;
  readonly name: string;
  readonly type: string;
  readonly controlAttributes: string;
  readonly reserved: boolean;
  readonly onMaintenance: boolean;
  readonly segmentUuid: string;
  readonly isDeleted: boolean;
}

export interface PresentContents {
  readonly segments: readonly PresentSegment[];
  readonly hosts: readonly PresentHost[];
  /** Status by UUID. */
  readonly notifications: ReadonlyMap<string, string>;
}

/** A notification with what its row does not hold. */
export interface PlannedNotification {
  readonly row: MasakariNotification;
  readonly hostName: string;
  readonly segmentUuid: string;
  readonly payload: Readonly<Record<string, string>>;
  /** Those of the report, oldest first; one for each instance. */
  readonly vmoves: readonly MasakariVmove[];
}

export interface Tally {
  added: number;
  unchanged: number;
  leftOut: number;
}

export interface ImportPlan {
  readonly segments: readonly MasakariSegment[];
  readonly hosts: readonly MasakariHost[];
  readonly notifications: readonly PlannedNotification[];
  readonly tallies: Readonly<Record<ImportedKind, Readonly<Tally>>>;
  /** Each a sentence that names the object and both values. */
  readonly conflicts: readonly string[];
  /** Each a sentence that names the object and why it stays behind. */
  readonly leftOut: readonly string[];
}

export const IMPORTED_KINDS = ['segments', 'hosts', 'notifications', 'vmoves'] as const;
export type ImportedKind = (typeof IMPORTED_KINDS)[number];

const FINISHED: readonly string[] = ['finished', 'failed', 'ignored'];
const TYPES: readonly string[] = ['COMPUTE_HOST', 'VM', 'PROCESS'];
const METHODS: readonly string[] = ['auto', 'reserved_host', 'auto_priority', 'rh_priority'];

interface Draft {
  readonly conflicts: string[];
  readonly leftOut: string[];
  readonly tallies: Record<ImportedKind, Tally>;
}

export function planImport(source: MasakariContents, present: PresentContents): ImportPlan {
  const tally = (): Tally => ({ added: 0, unchanged: 0, leftOut: 0 });
  const draft: Draft = {
    conflicts: [],
    leftOut: [],
    tallies: { segments: tally(), hosts: tally(), notifications: tally(), vmoves: tally() },
  };
  const segments = planSegments(source, present, draft);
  const hosts = planHosts(source, present, draft);
  const notifications = planNotifications(source, present, draft);
  return { segments, hosts, notifications, ...draft };
}

function planSegments(
  source: MasakariContents,
  present: PresentContents,
  draft: Draft,
): readonly MasakariSegment[] {
  const byUuid = new Map(present.segments.map((one) => [one.uuid, one]));
  const live = present.segments.filter((one) => !one.isDeleted);
  const byName = new Map(live.map((one) => [one.name, one]));
  return source.segments.filter((segment) => {
    const what = `segment "${segment.name}" (${segment.uuid})`;
    if (!METHODS.includes(segment.recoveryMethod))
      return conflict(draft, `${what} has the unknown recovery method ${segment.recoveryMethod}`);
    const fields = ['name', 'description', 'serviceType', 'recoveryMethod', 'enabled'] as const;
    const here = byUuid.get(segment.uuid);
    return judge({ kind: 'segments', what, row: segment, here, fields, byName, draft });
  });
}

function planHosts(
  source: MasakariContents,
  present: PresentContents,
  draft: Draft,
): readonly MasakariHost[] {
  const byUuid = new Map(present.hosts.map((one) => [one.uuid, one]));
  const live = present.hosts.filter((one) => !one.isDeleted);
  const byName = new Map(live.map((one) => [one.name, one]));
  const segmentsHere = new Map(present.segments.map((one) => [one.uuid, one]));
  const liveSegments = new Set(source.segments.filter((one) => !one.isDeleted).map(uuidOf));
  return source.hosts.filter((host) => {
    const what = `host "${host.name}" (${host.uuid})`;
    if (!host.isDeleted && !liveSegments.has(host.segmentUuid))
      return leaveOut(draft, 'hosts', `${what}: its segment ${host.segmentUuid} is deleted`);
    if (!host.isDeleted && segmentsHere.get(host.segmentUuid)?.isDeleted === true)
      return leaveOut(draft, 'hosts', `${what}: its segment has been deleted in Medevac`);
    const fields = [
      'name',
      'type',
      'controlAttributes',
      'reserved',
      'onMaintenance',
      'segmentUuid',
    ] as const;
    const here = byUuid.get(host.uuid);
    return judge({ kind: 'hosts', what, row: host, here, fields, byName, draft });
  });
}

const uuidOf = (one: { readonly uuid: string }): string => one.uuid;

interface Named {
  readonly uuid: string;
  readonly name: string;
  readonly isDeleted: boolean;
}

/** True for an object that is to be added. */
function judge<Row extends Named, Here extends Named, Field extends keyof Row & keyof Here>({
  kind,
  what,
  row,
  here,
  fields,
  byName,
  draft,
}: {
  readonly kind: ImportedKind;
  readonly what: string;
  readonly row: Row;
  readonly here: Here | undefined;
  readonly fields: readonly Field[];
  readonly byName: ReadonlyMap<string, Here>;
  readonly draft: Draft;
}): boolean {
  if (row.isDeleted) return leaveOut(draft, kind, `${what}: it is deleted in Masakari`);
  if (here?.isDeleted === true)
    return leaveOut(draft, kind, `${what}: it has been deleted in Medevac since`);
  if (here === undefined) {
    const namesake = byName.get(row.name);
    if (namesake !== undefined)
      return conflict(
        draft,
        `${kind.slice(0, -1)} "${row.name}" has the UUID ${row.uuid} in Masakari ` +
          `and ${namesake.uuid} in Medevac`,
      );
    draft.tallies[kind].added++;
    return true;
  }
  const other = fields.find((field) => !Object.is(row[field] as unknown, here[field] as unknown));
  if (other !== undefined)
    return conflict(
      draft,
      `${what}: ${wireName(String(other))} is ${JSON.stringify(row[other])} in Masakari ` +
        `and ${JSON.stringify(here[other])} in Medevac`,
    );
  draft.tallies[kind].unchanged++;
  return false;
}

/** As both APIs call it. */
const wireName = (field: string): string =>
  field === 'segmentUuid'
    ? 'failover_segment_id'
    : field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function planNotifications(
  source: MasakariContents,
  present: PresentContents,
  draft: Draft,
): readonly PlannedNotification[] {
  const hosts = new Map(source.hosts.map((host) => [host.uuid, host]));
  const vmoves = Map.groupBy(source.vmoves, ({ notificationUuid }) => notificationUuid);
  const planned: PlannedNotification[] = [];
  const seen = new Set<string>();
  for (const row of source.notifications) {
    seen.add(row.uuid);
    const own = vmoves.get(row.uuid) ?? [];
    const why = whyLeftOut(row, hosts.get(row.hostUuid));
    const here = present.notifications.get(row.uuid);
    const what = `notification ${row.uuid}`;
    if (here !== undefined && FINISHED.includes(row.status) && here !== row.status) {
      conflict(draft, `${what}: status is ${row.status} in Masakari and ${here} in Medevac`);
    } else if (here !== undefined) {
      draft.tallies.notifications.unchanged++;
      draft.tallies.vmoves.unchanged += own.length;
    } else if (why !== undefined) {
      leaveOut(draft, 'notifications', `${what}: ${why}`);
      draft.tallies.vmoves.leftOut += own.length;
    } else {
      planned.push(takeOver(row, hosts.get(row.hostUuid), own, draft));
    }
  }
  const orphans = source.vmoves.filter((vmove) => !seen.has(vmove.notificationUuid));
  for (const vmove of orphans)
    leaveOut(
      draft,
      'vmoves',
      `vmove ${vmove.uuid}: its notification ${vmove.notificationUuid} is gone`,
    );
  return planned;
}

function whyLeftOut(row: MasakariNotification, host: MasakariHost | undefined): string | undefined {
  if (row.isDeleted) return 'it is deleted in Masakari';
  if (!FINISHED.includes(row.status))
    return `it is ${row.status} in Masakari; import again once it has ended there`;
  if (!TYPES.includes(row.type)) return `its type ${row.type} is unknown`;
  if (row.segmentUuid === null && host === undefined)
    return `its host ${row.hostUuid} is gone from Masakari`;
  return undefined;
}

function takeOver(
  row: MasakariNotification,
  host: MasakariHost | undefined,
  own: readonly MasakariVmove[],
  draft: Draft,
): PlannedNotification {
  // An incident has one vmove of an instance: the last one says how it ended.
  const last = new Map(own.filter((one) => !one.isDeleted).map((one) => [one.instanceUuid, one]));
  draft.tallies.notifications.added++;
  draft.tallies.vmoves.added += last.size;
  draft.tallies.vmoves.leftOut += own.length - last.size;
  return {
    row,
    hostName: host?.name ?? row.hostUuid,
    segmentUuid: row.segmentUuid ?? host?.segmentUuid ?? '',
    payload: parsePayload(row.payload),
    vmoves: [...last.values()],
  };
}

/** Masakari keeps an object of texts; anything else is kept whole. */
function parsePayload(text: string): Readonly<Record<string, string>> {
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed))
      return Object.fromEntries(
        Object.entries(parsed).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      );
  } catch {
    // Falls through: it is no JSON.
  }
  return { payload: text };
}

function conflict(draft: Draft, sentence: string): false {
  draft.conflicts.push(sentence);
  return false;
}

function leaveOut(draft: Draft, kind: ImportedKind, sentence: string): false {
  draft.leftOut.push(sentence);
  draft.tallies[kind].leftOut++;
  return false;
}
