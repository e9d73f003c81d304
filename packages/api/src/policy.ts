/**
 * Who may do what. Rules are judged over what the token says of its caller, in the names that
 * oslo.policy files use; the target is the caller's own project and user, as in Masakari.
 */
import { type Identity, type PolicyFacts, PolicyRules } from '@medevac/openstack';
import { POLICY_DEFAULTS, type PolicyRule } from './default-policy.ts';
import { forbidden } from './errors.ts';

export type { PolicyRule } from './default-policy.ts';

/** The rules that count at this moment; they may change between two requests. */
export interface Policy {
  allows(rule: string, caller: PolicyFacts, target: PolicyFacts): boolean;
}

/** The defaults without any file. */
export const DEFAULT_POLICY: Policy = PolicyRules.load(POLICY_DEFAULTS);

interface WithPolicy {
  readonly policy?: Policy;
}

/** Throws a 403 that names the rule unless it lets the caller pass. */
export function enforce(rule: PolicyRule, identity: Identity, api: WithPolicy): void {
  if (!isAllowed(rule, identity, api)) throw forbidden(rule);
}

export function isAllowed(rule: PolicyRule, identity: Identity, api: WithPolicy): boolean {
  const { policy = DEFAULT_POLICY } = api;
  return policy.allows(rule, factsOf(identity, policy), targetOf(identity));
}

const targetOf = ({ projectId, userId }: Identity): PolicyFacts => ({
  project_id: projectId,
  user_id: userId,
});

/** What rules can ask about a caller. */
export function factsOf(identity: Identity, policy: Policy): PolicyFacts {
  const { service } = identity;
  const facts = {
    user_id: identity.userId,
    user_domain_id: identity.userDomainId ?? null,
    project_id: identity.projectId,
    project_domain_id: identity.projectDomainId ?? null,
    domain_id: identity.domainId ?? null,
    system_scope: identity.systemScope ?? null,
    roles: identity.roles,
    is_admin_project: identity.isAdminProject ?? true,
    service_user_id: service?.userId ?? null,
    service_user_domain_id: service?.userDomainId ?? null,
    service_project_id: service?.projectId ?? null,
    service_project_domain_id: service?.projectDomainId ?? null,
    service_roles: service?.roles ?? [],
    // Names of older files.
    user: identity.userId,
    tenant: identity.projectId,
  };
  const isAdmin = policy.allows('context_is_admin', facts, targetOf(identity));
  return { ...facts, is_admin: isAdmin };
}
