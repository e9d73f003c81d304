/** Who may do what: each rule of Masakari's default policy that is not public asks for an admin. */
import type { Identity } from '@medevac/openstack';
import { forbidden } from './errors.ts';

type Verb = 'index' | 'detail' | 'create' | 'update' | 'delete';

export type PolicyRule =
  | `os_masakari_api:${'segments' | 'os-hosts'}:${Verb}`
  | `os_masakari_api:notifications:${'index' | 'detail' | 'create'}`
  | `os_masakari_api:vmoves:${'index' | 'detail'}`;

const ADMIN_ROLE = 'admin';

/** Throws a 403 that names the rule unless the caller has the role; role names know no case. */
export function enforce(rule: PolicyRule, identity: Identity): void {
  if (identity.roles.some((role) => role.toLowerCase() === ADMIN_ROLE)) return;
  throw forbidden(rule);
}
