/**
 * `events.json` of a scenario: a list of what happens and when, in virtual milliseconds since the
 * beginning. Each kind of event has its own fields; the table below is all there is.
 */
import { BmcState } from '../world/bmc.ts';
import { MessageTrouble } from '../world/message-trouble.ts';
import { HOOK_MOODS } from '../world/scripted-hooks.ts';
import { type FieldReader, FieldReader as Reader, unknownName } from './read-fields.ts';

const TIME = { least: 0, most: 172_800_000 };
const COUNT = { least: 0, most: 10_000 };
const NETWORKS = ['management', 'storage', 'tenant'] as const;

/** How a port treats the calls that a `call-fault` hits. */
export const CALL_FAULTS = [
  'refused',
  'fails',
  'fails-after-acting',
  'reply-lost',
  'slow',
  'late',
  'kill-before',
  'kill-after',
] as const;
export type CallFaultHow = (typeof CALL_FAULTS)[number];

/** Ports whose calls can be hit; `stores` and the cloud have no name in common. */
export const PORTS = [
  'nova',
  'placement',
  'segments',
  'notifications',
  'incidents',
  'vmoves',
  'returns',
  'drains',
  'hooks',
  'journal',
  'leases',
] as const;
export type PortName = (typeof PORTS)[number];

const OWNER_ACTIONS = ['delete', 'stop', 'reboot', 'hard-reboot', 'lock', 'unlock'] as const;

const host = (fields: FieldReader) => ({ host: fields.text('host') });
const replica = (fields: FieldReader) => ({
  replica: fields.number('replica', { least: 1, most: 9 }, 1),
});
const none = (_fields: FieldReader) => ({});

const FIELDS_OF = {
  crash: host,
  'power-off': host,
  'power-on': host,
  hang: host,
  pause: host,
  resume: host,
  'stop-compute': host,
  'restart-compute': host,
  partition: (fields: FieldReader) => ({
    ...host(fields),
    network: fields.oneOf('network', NETWORKS),
    way: fields.oneOf('way', ['both', 'in', 'out'], 'both'),
  }),
  /** A share of the host's messages goes wrong, until `messages-well`. */
  messages: (fields: FieldReader) => ({
    ...host(fields),
    how: fields.oneOf('how', Object.values(MessageTrouble)),
    share: fields.number('share', { least: 0, most: 1, isFraction: true }, 1),
  }),
  'messages-well': host,
  bmc: (fields: FieldReader) => ({
    ...host(fields),
    state: fields.oneOf('state', Object.values(BmcState)),
  }),
  /** One of the feeds or outlets of the host. */
  feed: (fields: FieldReader) => ({
    ...host(fields),
    feed: fields.oneOf('feed', ['feed-a', 'feed-b', 'pdu']),
    state: fields.oneOf('state', ['works', 'stuck', 'unreachable']),
  }),
  /** What another fencer says; other events make it true. */
  'peer-fencing': (fields: FieldReader) => ({
    ...host(fields),
    action: fields.oneOf('action', ['off', 'reboot', 'on'], 'off'),
    status: fields.oneOf('status', ['success', 'failed', 'pending'], 'success'),
    delegate: fields.text('delegate', 'controller-2'),
    agoMs: fields.number('agoMs', TIME, 0),
  }),
  /** The operator says that the host is off. */
  'confirm-off': (fields: FieldReader) => ({ ...host(fields), reason: fields.text('reason') }),
  /** What the operator asks of the newest incident of the host; `isEnded`: of the ended one. */
  command: (fields: FieldReader) => ({
    ...host(fields),
    command: fields.oneOf('command', ['pause', 'resume', 'retry', 'cancel']),
    isEnded: fields.boolean('isEnded', false),
  }),
  'choose-method': (fields: FieldReader) => ({ ...host(fields), method: fields.text('method') }),
  'retry-instance': (fields: FieldReader) => ({
    ...host(fields),
    instance: fields.text('instance'),
    isEnded: fields.boolean('isEnded', false),
  }),
  heal: host,
  'cell-down': host,
  'cell-up': host,
  'slow-down': (fields: FieldReader) => ({
    ...host(fields),
    times: fields.number('times', { least: 1, most: 1_000 }),
  }),
  'set-room': (fields: FieldReader) => ({ ...host(fields), room: fields.number('room', COUNT) }),
  'fail-claims': (fields: FieldReader) => ({
    ...host(fields),
    times: fields.number('times', COUNT),
  }),
  report: (fields: FieldReader) => ({
    ...host(fields),
    type: fields.oneOf('type', ['COMPUTE_HOST', 'VM', 'PROCESS'], 'COMPUTE_HOST'),
    by: fields.text('by', 'monitor'),
    ...replica(fields),
    payload: fields.texts('payload'),
  }),
  /** Its emulator dies on a host that lives. */
  'guest-crash': (fields: FieldReader) => ({ instance: fields.text('instance') }),
  owner: (fields: FieldReader) => ({
    instance: fields.text('instance'),
    action: fields.oneOf('action', OWNER_ACTIONS),
  }),
  /** An administrator, whom locks do not stop, about one instance. */
  operator: (fields: FieldReader) => ({
    instance: fields.text('instance'),
    action: fields.oneOf('action', ['delete', 'lock', 'unlock', 'live-migrate']),
  }),
  'live-migration': (fields: FieldReader) => ({
    instance: fields.text('instance'),
    to: fields.text('to'),
    status: fields.text('status'),
  }),
  'forced-down': (fields: FieldReader) => ({
    ...host(fields),
    isForcedDown: fields.boolean('isForcedDown'),
  }),
  'enable-host': host,
  maintenance: (fields: FieldReader) => ({
    ...host(fields),
    onMaintenance: fields.boolean('onMaintenance'),
  }),
  drain: (fields: FieldReader) => ({
    ...host(fields),
    parallel: fields.number('parallel', { least: 1, most: 20 }, 2),
    deadlineSeconds: fields.number('deadlineSeconds', { least: 60, most: 86_400 }, 7_200),
  }),
  undrain: host,
  'cancel-drain': host,
  segment: (fields: FieldReader) => ({ enabled: fields.boolean('enabled') }),
  'kill-replica': replica,
  'start-replica': replica,
  'pause-replica': replica,
  'resume-replica': replica,
  'clock-jump': (fields: FieldReader) => ({
    ...replica(fields),
    ms: fields.number('ms', { least: -TIME.most, most: TIME.most }),
  }),
  /** How a hook is from now on. */
  hook: (fields: FieldReader) => ({
    hook: fields.text('hook'),
    how: fields.oneOf('how', HOOK_MOODS),
    forMs: fields.number('forMs', TIME, 0),
  }),
  'database-down': none,
  'database-up': none,
  'database-failover': (fields: FieldReader) => ({ forMs: fields.number('forMs', TIME) }),
  'call-fault': (fields: FieldReader) => ({
    port: fields.oneOf('port', PORTS, 'nova'),
    call: fields.text('call'),
    how: fields.oneOf('how', CALL_FAULTS),
    /** Calls that are spared first, and how many are hit then. */
    spares: fields.number('spares', COUNT, 0),
    times: fields.number('times', COUNT, 1),
    forMs: fields.number('forMs', TIME, 0),
  }),
} as const;

export type EventKind = keyof typeof FIELDS_OF;
export type EventOf<Kind extends EventKind> = {
  readonly atMs: number;
  readonly event: Kind;
} & Readonly<ReturnType<(typeof FIELDS_OF)[Kind]>>;
export type ScenarioEvent = { [Kind in EventKind]: EventOf<Kind> }[EventKind];

const KINDS = Object.keys(FIELDS_OF) as readonly EventKind[];

/** Names that events may use. */
export interface EventNames {
  readonly hosts: readonly string[];
  readonly instances: readonly string[];
}

export function parseEvents(
  file: string,
  value: unknown,
  names: EventNames,
): readonly ScenarioEvent[] {
  const list = new Reader(file, '', { events: value });
  return list.parts('events').map((fields, index) => {
    const event = fields.oneOf('event', KINDS);
    const atMs = fields.number('atMs', TIME);
    const own: Readonly<Record<string, unknown>> = FIELDS_OF[event](fields);
    fields.end();
    const known = { host: names.hosts, to: names.hosts, instance: names.instances };
    for (const [field, allowed] of Object.entries(known)) {
      const name = own[field];
      if (typeof name !== 'string' || allowed.includes(name)) continue;
      throw unknownName(file, `events[${index}].${field}`, name, allowed);
    }
    return { atMs, event, ...own } as ScenarioEvent;
  });
}
