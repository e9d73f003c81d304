/**
 * Every rule of the API with its default, which are Masakari's. An operator's policy file puts
 * others in their place. One role is ours: `medevac_reporter` may post notifications and nothing
 * else, so that no monitor on a hypervisor needs an administrator's password.
 */
import type { RuleDefault } from '@medevac/openstack';

const ADMIN = 'rule:admin_api';

export const POLICY_DEFAULTS = [
  { name: 'context_is_admin', check: 'role:admin', description: 'who is an administrator' },
  {
    name: 'admin_or_owner',
    check: 'is_admin:True or project_id:%(project_id)s',
    description: 'administrators, and callers from the project in question',
  },
  { name: 'admin_api', check: 'is_admin:True', description: 'administrators' },
  {
    name: 'medevac_reporter',
    check: 'role:medevac_reporter',
    description: 'monitors that report failures and may do nothing else',
  },
  { name: 'os_masakari_api:segments:index', check: ADMIN, description: 'list segments' },
  { name: 'os_masakari_api:segments:detail', check: ADMIN, description: 'show a segment' },
  { name: 'os_masakari_api:segments:create', check: ADMIN, description: 'create a segment' },
  { name: 'os_masakari_api:segments:update', check: ADMIN, description: 'change a segment' },
  { name: 'os_masakari_api:segments:delete', check: ADMIN, description: 'delete a segment' },
  {
    name: 'os_masakari_api:segments:discoverable',
    check: ADMIN,
    description: 'see segments among the extensions',
  },
  { name: 'os_masakari_api:os-hosts:index', check: ADMIN, description: 'list hosts' },
  { name: 'os_masakari_api:os-hosts:detail', check: ADMIN, description: 'show a host' },
  { name: 'os_masakari_api:os-hosts:create', check: ADMIN, description: 'register a host' },
  { name: 'os_masakari_api:os-hosts:update', check: ADMIN, description: 'change a host' },
  { name: 'os_masakari_api:os-hosts:delete', check: ADMIN, description: 'remove a host' },
  {
    name: 'os_masakari_api:os-hosts:discoverable',
    check: ADMIN,
    description: 'see hosts among the extensions',
  },
  { name: 'os_masakari_api:notifications:index', check: ADMIN, description: 'list notifications' },
  {
    name: 'os_masakari_api:notifications:detail',
    check: ADMIN,
    description: 'show a notification',
  },
  {
    name: 'os_masakari_api:notifications:create',
    check: 'rule:admin_api or rule:medevac_reporter',
    description: 'report a failure',
  },
  {
    name: 'os_masakari_api:notifications:discoverable',
    check: ADMIN,
    description: 'see notifications among the extensions',
  },
  { name: 'os_masakari_api:vmoves:index', check: ADMIN, description: 'list vmoves' },
  { name: 'os_masakari_api:vmoves:detail', check: ADMIN, description: 'show a vmove' },
  {
    name: 'os_masakari_api:vmoves:discoverable',
    check: ADMIN,
    description: 'see vmoves among the extensions',
  },
  { name: 'os_masakari_api:extensions:index', check: ADMIN, description: 'list extensions' },
  { name: 'os_masakari_api:extensions:detail', check: ADMIN, description: 'show an extension' },
  {
    name: 'os_masakari_api:extensions:discoverable',
    check: ADMIN,
    description: 'see extensions among the extensions',
  },
  {
    name: 'os_masakari_api:versions:index',
    check: '@',
    description: 'version documents; all may read them',
  },
  {
    name: 'os_masakari_api:versions:discoverable',
    check: '@',
    description: 'see versions among the extensions',
  },
  { name: 'medevac_api:rules:index', check: ADMIN, description: 'read rules of operators' },
  { name: 'medevac_api:rules:update', check: ADMIN, description: 'change rules of operators' },
  { name: 'medevac_api:returns:index', check: ADMIN, description: 'list returns of hosts' },
  { name: 'medevac_api:returns:detail', check: ADMIN, description: 'show a return of a host' },
  { name: 'medevac_api:returns:approve', check: ADMIN, description: 'approve a return of a host' },
  { name: 'medevac_api:drains:index', check: ADMIN, description: 'list drains of hosts' },
  { name: 'medevac_api:drains:detail', check: ADMIN, description: 'show a drain of a host' },
  { name: 'medevac_api:drains:create', check: ADMIN, description: 'drain a host' },
  { name: 'medevac_api:drains:cancel', check: ADMIN, description: 'call a drain off' },
  { name: 'medevac_api:drains:undrain', check: ADMIN, description: 'put a drained host back' },
  { name: 'medevac_api:incidents:index', check: ADMIN, description: 'list incidents' },
  { name: 'medevac_api:incidents:detail', check: ADMIN, description: 'show an incident' },
  { name: 'medevac_api:incidents:cancel', check: ADMIN, description: 'cancel a recovery' },
  { name: 'medevac_api:incidents:retry', check: ADMIN, description: 'try a recovery again' },
  { name: 'medevac_api:incidents:pause', check: ADMIN, description: 'pause a recovery' },
  { name: 'medevac_api:incidents:resume', check: ADMIN, description: 'end a pause' },
  {
    name: 'medevac_api:incidents:method',
    check: ADMIN,
    description: 'choose another recovery method for what is left',
  },
  {
    name: 'medevac_api:incidents:confirm-fenced',
    check: ADMIN,
    description: 'say that the host of an incident is off',
  },
  {
    name: 'medevac_api:incidents:acknowledge',
    check: ADMIN,
    description: 'take note of an incident',
  },
] as const satisfies readonly RuleDefault[];

/** Rules that guard an operation are among the defaults: add the row there first. */
export type PolicyRule = (typeof POLICY_DEFAULTS)[number]['name'];
