/** The body of Keystone's authentication request. It holds secrets: it is sent and never shown. */
import type { Json } from '@medevac/kernel';
import type { Auth, DomainReference, Scope } from '../config/cloud-config.ts';

export function authBody(auth: Auth): Json {
  if (auth.kind === 'application-credential') {
    const { credential, secret } = auth;
    const named =
      'id' in credential
        ? { id: credential.id }
        : { name: credential.name, user: userOf(credential.user) };
    return {
      auth: {
        identity: {
          methods: ['application_credential'],
          application_credential: { ...named, secret },
        },
      },
    };
  }
  return {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { ...userOf(auth.user), password: auth.password } },
      },
      scope: scopeOf(auth.scope),
    },
  };
}

/** Who authenticates, for messages. */
export function describeAuth(auth: Auth): string {
  if (auth.kind === 'application-credential') {
    const { credential } = auth;
    return `application credential "${'id' in credential ? credential.id : credential.name}"`;
  }
  const user = 'id' in auth.user ? auth.user.id : auth.user.name;
  return `user "${user}" in ${describeScope(auth.scope)}`;
}

function describeScope(scope: Scope): string {
  if (scope.kind === 'system') return 'the system scope';
  if (scope.kind === 'domain') return `domain "${idOrName(scope.domain)}"`;
  return `project "${idOrName(scope.project)}"`;
}

const idOrName = (reference: { readonly id: string } | { readonly name: string }): string =>
  'id' in reference ? reference.id : reference.name;

type UserReference =
  | { readonly id: string }
  | { readonly name: string; readonly domain: DomainReference };

const userOf = (user: UserReference): { readonly [key: string]: Json } =>
  'id' in user ? { id: user.id } : { name: user.name, domain: { ...user.domain } };

function scopeOf(scope: Scope): Json {
  if (scope.kind === 'system') return { system: { all: true } };
  if (scope.kind === 'domain') return { domain: { ...scope.domain } };
  const { project } = scope;
  if ('id' in project) return { project: { id: project.id } };
  return { project: { name: project.name, domain: { ...project.domain } } };
}
