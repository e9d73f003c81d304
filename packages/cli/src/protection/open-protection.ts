/** What stands between the API and its callers: TLS, rules, and whose words about them count. */
import type { ApiDependencies, ApiOptions } from '@medevac/api';
import type { Clock, Log } from '@medevac/kernel';
import type { ServeSettings } from '../settings/settings-table.ts';
import { openPolicy } from './policy-file.ts';
import { openTls } from './tls-files.ts';
import { trustedProxies } from './trusted-proxies.ts';

export interface Protection {
  readonly dependencies: Pick<ApiDependencies, 'policy' | 'serviceRoles'>;
  readonly options: Pick<ApiOptions, 'trustProxyHeaders' | 'isTrustedProxy' | 'tls'>;
  /** Ends the watch of the files. */
  readonly close: () => void;
}

/** Throws when a file that the settings name cannot be used. */
export async function openProtection(
  settings: ServeSettings,
  parts: { readonly clock: Clock; readonly log: Log },
): Promise<Protection> {
  const policy = await openPolicy(settings.policyFile, parts);
  try {
    const opened = await openTls(settings, parts);
    const proxies = settings.trustedProxies;
    return {
      dependencies: { policy: policy.policy, serviceRoles: settings.serviceTokenRoles },
      options: {
        trustProxyHeaders: settings.trustProxyHeaders,
        ...(proxies === undefined ? {} : { isTrustedProxy: trustedProxies(proxies) }),
        ...(opened.tls === undefined ? {} : { tls: opened.tls }),
      },
      close: () => {
        policy.close();
        opened.close();
      },
    };
  } catch (error) {
    policy.close();
    throw error;
  }
}
