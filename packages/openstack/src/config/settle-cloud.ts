/**
 * From loose settings, with all the spellings that grew over the years, to a full `CloudConfig`.
 * What is missing is named all at once, in the words of the place where it would be written.
 */
import { join } from 'node:path';
import { OperationalError } from '@medevac/kernel';
import { cloudErrors } from '../errors.ts';
import type {
  Auth,
  CloudConfig,
  DomainReference,
  EndpointInterface,
  Scope,
  UserReference,
} from './cloud-config.ts';
import { isSettings, type ReadFile, type Settings } from './config-files.ts';

export interface LooseCloud {
  readonly name: string;
  readonly settings: Settings;
  readonly fromEnvironment: boolean;
  readonly homeDir: string;
  readonly readFile: ReadFile;
}

/** The official command falls back to this domain id when no domain is named. */
const DEFAULT_DOMAIN = 'default';
const INTERFACES: readonly EndpointInterface[] = ['public', 'internal', 'admin'];
const AUTH_TYPES = ['password', 'v3password', 'v3applicationcredential'];

export async function settleCloud(cloud: LooseCloud): Promise<CloudConfig> {
  const flat = flatten(cloud.settings);
  const authType = flat.get('auth_type') ?? flat.get('auth_plugin') ?? 'password';
  if (!AUTH_TYPES.includes(authType)) {
    const known = AUTH_TYPES.join(', ');
    throw invalid(cloud, `auth_type ${authType} is not supported; supported are ${known}`);
  }
  const missing: string[] = [];
  const authUrl = need(flat, ['auth_url'], missing);
  const auth =
    authType === 'v3applicationcredential'
      ? settleCredential(flat, missing)
      : settlePassword(flat, missing, cloud);
  if (missing.length > 0 || auth === undefined) throw incomplete(cloud, missing);
  const region = flat.get('region_name');
  return {
    name: cloud.name,
    authUrl: normaliseAuthUrl(cloud, authUrl.replaceAll('{region_name}', region ?? '')),
    auth,
    region,
    interface: settleInterface(cloud, flat),
    tls: await settleTls(cloud, flat),
    endpointOverrides: settleOverrides(cloud, flat),
  };
}

/** Everything in one table: `auth` over the top, dashes as underscores, empty values left out. */
function flatten(settings: Settings): ReadonlyMap<string, string> {
  const flat = new Map<string, string>();
  const add = (table: Settings): void => {
    for (const [key, value] of Object.entries(table)) {
      if (value === null || value === undefined || value === '') continue;
      if (!['string', 'number', 'boolean'].includes(typeof value)) continue;
      flat.set(key.replaceAll('-', '_'), `${value as string | number | boolean}`);
    }
  };
  add(settings);
  if (isSettings(settings['auth'])) add(settings['auth']);
  for (const part of ['id', 'name']) {
    const tenant = flat.get(`tenant_${part}`);
    if (tenant !== undefined && !flat.has(`project_${part}`)) flat.set(`project_${part}`, tenant);
  }
  return flat;
}

type Flat = ReadonlyMap<string, string>;

/** The first of the keys that is set; the empty string and an entry in `missing` when none is. */
function need(flat: Flat, keys: readonly string[], missing: string[]): string {
  for (const key of keys) {
    const value = flat.get(key);
    if (value !== undefined) return value;
  }
  missing.push(keys.join(' or '));
  return '';
}

function settlePassword(flat: Flat, missing: string[], cloud: LooseCloud): Auth {
  const user = settleUser(flat, missing);
  const password = need(flat, ['password'], missing);
  return { kind: 'password', user, password, scope: settleScope(flat, missing, cloud) };
}

function settleCredential(flat: Flat, missing: string[]): Auth {
  const keys = ['application_credential_id', 'application_credential_name'];
  const secret = need(flat, ['application_credential_secret'], missing);
  const id = flat.get('application_credential_id');
  if (id !== undefined) return { kind: 'application-credential', credential: { id }, secret };
  const name = need(flat, keys, missing);
  const user = settleUser(flat, missing);
  return { kind: 'application-credential', credential: { name, user }, secret };
}

function settleUser(flat: Flat, missing: string[]): UserReference {
  const id = flat.get('user_id');
  if (id !== undefined) return { id };
  return { name: need(flat, ['username', 'user_id'], missing), domain: domainOf(flat, 'user') };
}

/** `domain_id` and `domain_name` without a prefix serve both when a project is named. */
function domainOf(flat: Flat, owner: 'user' | 'project'): DomainReference {
  const id = flat.get(`${owner}_domain_id`);
  if (id !== undefined) return { id };
  const name = flat.get(`${owner}_domain_name`);
  if (name !== undefined) return { name };
  const isProjectScoped = flat.has('project_id') || flat.has('project_name');
  if (isProjectScoped) {
    const shared = flat.get('domain_id');
    if (shared !== undefined) return { id: shared };
    const sharedName = flat.get('domain_name');
    if (sharedName !== undefined) return { name: sharedName };
  }
  const defaultName = flat.get('default_domain_name');
  if (defaultName !== undefined) return { name: defaultName };
  return { id: flat.get('default_domain_id') ?? flat.get('default_domain') ?? DEFAULT_DOMAIN };
}

function settleScope(flat: Flat, missing: string[], cloud: LooseCloud): Scope {
  const projectId = flat.get('project_id');
  const projectName = flat.get('project_name');
  const system = flat.get('system_scope');
  const isProject = projectId !== undefined || projectName !== undefined;
  if (system !== undefined) {
    if (isProject) throw invalid(cloud, 'system_scope and a project exclude each other');
    if (system !== 'all') throw invalid(cloud, `system_scope is "all" or absent, not "${system}"`);
    return { kind: 'system' };
  }
  if (projectId !== undefined) return { kind: 'project', project: { id: projectId } };
  if (projectName !== undefined) {
    return { kind: 'project', project: { name: projectName, domain: domainOf(flat, 'project') } };
  }
  const domainId = flat.get('domain_id');
  if (domainId !== undefined) return { kind: 'domain', domain: { id: domainId } };
  const domainName = flat.get('domain_name');
  if (domainName !== undefined) return { kind: 'domain', domain: { name: domainName } };
  missing.push('project_name or project_id');
  return { kind: 'system' };
}

function settleInterface(cloud: LooseCloud, flat: Flat): EndpointInterface {
  const text = flat.get('interface') ?? flat.get('endpoint_type') ?? 'public';
  const wanted = text.replace(/URL$/, '');
  const found = INTERFACES.find((one) => one === wanted);
  if (found !== undefined) return found;
  throw invalid(cloud, `interface is one of ${INTERFACES.join(', ')}, not "${text}"`);
}

async function settleTls(cloud: LooseCloud, flat: Flat): Promise<CloudConfig['tls']> {
  // As in the official client `insecure` wins over everything.
  if (isTrue(flat.get('insecure')) || isFalse(flat.get('verify'))) return { insecure: true };
  const file = flat.get('cacert');
  if (file === undefined) return { insecure: false };
  const path = file.startsWith('~/') ? join(cloud.homeDir, file.slice(2)) : file;
  const caPem = await cloud.readFile(path);
  if (caPem === undefined) throw invalid(cloud, `the CA file ${path} cannot be read`);
  return { insecure: false, caPem };
}

const isTrue = (text: string | undefined): boolean => /^(true|yes|on|1)$/i.test(text ?? '');
const isFalse = (text: string | undefined): boolean => /^(false|no|off|0)$/i.test(text ?? '');

function settleOverrides(cloud: LooseCloud, flat: Flat): Readonly<Record<string, string>> {
  const overrides: Record<string, string> = {};
  for (const [key, value] of flat) {
    const service = /^(.+)_endpoint_override$/.exec(key)?.[1];
    if (service === undefined) continue;
    if (!URL.canParse(value)) throw invalid(cloud, `${key} is not an address: ${value}`);
    overrides[service.replaceAll('_', '-')] = value.replace(/\/+$/, '');
  }
  return overrides;
}

function normaliseAuthUrl(cloud: LooseCloud, text: string): string {
  const isAddress = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isAddress) throw invalid(cloud, `auth_url is not an address: ${text}`);
  const url = text.replace(/\/+$/, '').replace(/\/v2\.0$/, '');
  return url.endsWith('/v3') ? url : `${url}/v3`;
}

function incomplete(cloud: LooseCloud, missing: readonly string[]): OperationalError {
  const names = missing.map((keys) =>
    cloud.fromEnvironment
      ? keys.replace(/[a-z_]+/g, (word) => (word === 'or' ? word : `OS_${word.toUpperCase()}`))
      : keys,
  );
  const where = cloud.fromEnvironment ? 'the OS_ variables' : `cloud "${cloud.name}"`;
  const text = `${where}: missing ${names.join(', ')}`;
  return new OperationalError(cloudErrors.configIncomplete, text, {
    fields: { cloud: cloud.name },
  });
}

function invalid(cloud: LooseCloud, text: string): OperationalError {
  const where = cloud.fromEnvironment ? 'the OS_ variables' : `cloud "${cloud.name}"`;
  return new OperationalError(cloudErrors.configInvalid, `${where}: ${text}`, {
    fields: { cloud: cloud.name },
  });
}
