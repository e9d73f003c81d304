/** What must be known to talk to a cloud, settled and complete. It holds secrets: never log it. */

export type EndpointInterface = 'public' | 'internal' | 'admin';

export type DomainReference = { readonly id: string } | { readonly name: string };

export type UserReference =
  | { readonly id: string }
  | { readonly name: string; readonly domain: DomainReference };

export type Scope =
  | {
      readonly kind: 'project';
      readonly project:
        | { readonly id: string }
        | { readonly name: string; readonly domain: DomainReference };
    }
  | { readonly kind: 'domain'; readonly domain: DomainReference }
  | { readonly kind: 'system' };

export type Auth =
  | {
      readonly kind: 'password';
      readonly user: UserReference;
      readonly password: string;
      readonly scope: Scope;
    }
  | {
      readonly kind: 'application-credential';
      readonly credential:
        | { readonly id: string }
        | { readonly name: string; readonly user: UserReference };
      readonly secret: string;
    };

export interface CloudConfig {
  /** For messages: the name in clouds.yaml, or `envvars`. */
  readonly name: string;
  /** Keystone's v3 address, without a slash at its end. */
  readonly authUrl: string;
  readonly auth: Auth;
  /** Any region when absent. */
  readonly region: string | undefined;
  readonly interface: EndpointInterface;
  readonly tls: { readonly caPem?: string; readonly insecure: boolean };
  /** Addresses by service type that replace the catalogue's, without a slash at their end. */
  readonly endpointOverrides: Readonly<Record<string, string>>;
}
