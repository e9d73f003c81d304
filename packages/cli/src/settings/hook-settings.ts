/**
 * The setting that names hooks: programs and web services that are told at named points of a
 * recovery. Everything in it is read at the start, and what is wrong is told with the hook's name.
 */
import { isAbsolute } from 'node:path';
import { HOOK_POINTS, type HookFailurePolicy, type HookPoint } from '@medevac/engine';
import { parseYaml } from './read-structure.ts';
import type { ReadText } from './read-text.ts';
import type { Setting } from './settings-table.ts';

export type HookSetting = {
  readonly name: string;
  readonly points: readonly HookPoint[];
  readonly onFailure: HookFailurePolicy;
  readonly deadlineMs: number;
} & (ExecSetting | WebhookSetting);

export interface ExecSetting {
  readonly kind: 'exec';
  /** Absolute path of the program, and its arguments. */
  readonly argv: readonly [string, ...string[]];
}

export interface WebhookSetting {
  readonly kind: 'webhook';
  readonly url: string;
  /** `file:PATH` or `env:NAME`; absent: no Authorization is sent. */
  readonly secret?: string;
  /** CAs in PEM that are trusted instead of those of the system. */
  readonly caFile?: string;
}

type Fields = Readonly<Record<string, unknown>>;

const DEFAULT_DEADLINE_S = 30;
const LONGEST_DEADLINE_S = 3_600;
/** More would make a recovery wait for them one after the other. */
const MOST_HOOKS = 50;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/;
const COMMON = ['name', 'points', 'on-failure', 'deadline'];
const OWN = { exec: ['exec'], webhook: ['webhook', 'secret', 'ca'] } as const;

export const hookList: ReadText<readonly HookSetting[]> = (text) => {
  const given = parseYaml(text) ?? [];
  if (!Array.isArray(given)) throw new Error('it must be a list of hooks');
  if (given.length > MOST_HOOKS) throw new Error(`it must not have more than ${MOST_HOOKS} hooks`);
  const hooks = given.map((one: unknown, index) => readHook(one, index + 1));
  const names = hooks.map((one) => one.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two hooks have the name ${twice}`);
  return hooks;
};

export const HOOK_SETTINGS = {
  hooks: {
    name: 'hooks',
    value: 'YAML',
    help:
      'list of programs (exec) and web services (webhook) that are told at named points of a ' +
      'recovery; docs/operators/hooks.md says how',
    read: hookList,
    fallback: [],
    shownDefault: '[]',
    // The list may be long, and what is wrong in it is named.
    isSecret: true,
    isStructured: true,
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

function readHook(given: unknown, number: number): HookSetting {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new Error(`hook ${number} is ${JSON.stringify(given)} and must be a mapping`);
  }
  const fields = given as Fields;
  const { name } = fields;
  if (typeof name !== 'string' || !NAME.test(name)) {
    const rule = 'up to 40 letters, digits, dots, dashes and underscores';
    throw new Error(`hook ${number} has the name ${JSON.stringify(name)}; it must be ${rule}`);
  }
  const hook = new HookReader(name, fields);
  const kind = hook.kind();
  hook.refuseOthers([...COMMON, ...OWN[kind]]);
  return {
    name,
    points: hook.points(),
    onFailure: hook.onFailure(),
    deadlineMs: hook.deadlineMs(),
    ...(kind === 'exec' ? hook.exec() : hook.webhook()),
  };
}

class HookReader {
  readonly #name: string;
  readonly #fields: Fields;

  constructor(name: string, fields: Fields) {
    this.#name = name;
    this.#fields = fields;
  }

  kind(): 'exec' | 'webhook' {
    const [hasExec, hasWebhook] = ['exec' in this.#fields, 'webhook' in this.#fields];
    if (hasExec !== hasWebhook) return hasExec ? 'exec' : 'webhook';
    throw new Error(`hook ${this.#name} must have either exec or webhook`);
  }

  refuseOthers(known: readonly string[]): void {
    const other = Object.keys(this.#fields).find((key) => !known.includes(key));
    if (other === undefined) return;
    throw new Error(`hook ${this.#name} has ${other}, none of ${known.join(', ')}`);
  }

  points(): readonly HookPoint[] {
    const given = this.#fields['points'];
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    const points = list.map((one) => {
      const point = HOOK_POINTS.find((known) => known === one);
      return point ?? this.#refuse('points', one, `one of ${HOOK_POINTS.join(', ')}`);
    });
    if (points.length > 0 && new Set(points).size === points.length) return points;
    return this.#refuse('points', given, 'a list of points, each once');
  }

  onFailure(): HookFailurePolicy {
    const given = this.#fields['on-failure'] ?? 'note';
    if (given === 'hold' || given === 'note') return given;
    return this.#refuse('on-failure', given, 'hold or note');
  }

  deadlineMs(): number {
    const given = this.#fields['deadline'] ?? DEFAULT_DEADLINE_S;
    if (typeof given === 'number' && given >= 1 && given <= LONGEST_DEADLINE_S) {
      return Math.round(given * 1000);
    }
    const rule = `a number of seconds from 1 to ${LONGEST_DEADLINE_S}`;
    return this.#refuse('deadline', given, rule);
  }

  exec(): ExecSetting {
    const given = this.#fields['exec'];
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    const argv = list.filter((one) => typeof one === 'string');
    const [program, ...args] = argv;
    if (argv.length !== list.length || program === undefined) {
      return this.#refuse('exec', given, 'a list of texts: the program and its arguments');
    }
    if (!isAbsolute(program)) return this.#refuse('exec', program, 'an absolute path');
    if (argv.some((one) => one.includes('\0'))) {
      return this.#refuse('exec', given, 'texts without a zero character');
    }
    return { kind: 'exec', argv: [program, ...args] };
  }

  webhook(): WebhookSetting {
    const url = this.#url();
    const { ca } = this.#fields;
    const secret = this.#secret();
    if (secret !== undefined && url.protocol === 'http:' && !isLoopback(url)) {
      return this.#refuse('webhook', url.href, 'https, because a secret is sent to it');
    }
    if (ca !== undefined && (typeof ca !== 'string' || !isAbsolute(ca))) {
      return this.#refuse('ca', ca, 'the absolute path of a file');
    }
    return {
      kind: 'webhook',
      url: url.href,
      ...(secret === undefined ? {} : { secret }),
      ...(ca === undefined ? {} : { caFile: ca }),
    };
  }

  #secret(): string | undefined {
    const { secret } = this.#fields;
    if (secret === undefined) return undefined;
    if (typeof secret === 'string' && /^(file:\/.|env:[A-Za-z_])/.test(secret)) return secret;
    // Whatever it is, it may be the secret itself.
    throw new Error(`hook ${this.#name} has a secret that is neither file:/PATH nor env:NAME`);
  }

  #url(): URL {
    const given = this.#fields['webhook'];
    const url = typeof given === 'string' ? URL.parse(given) : null;
    if (url === null || !/^https?:$/.test(url.protocol)) {
      return this.#refuse('webhook', given, 'an address with http:// or https://');
    }
    if (url.username === '' && url.password === '' && url.hash === '') return url;
    throw new Error(
      `hook ${this.#name} has a password or a # in the address of its webhook; a password ` +
        'belongs into secret, as file:/PATH or env:NAME',
    );
  }

  #refuse(field: string, value: unknown, rule: string): never {
    const shown = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
    throw new Error(`${field} of hook ${this.#name} ${shown}; it must be ${rule}`);
  }
}

const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
