/**
 * The error catalogue of this room: everything that a cloud, the way to it or its configuration can
 * do to us. `retry` is the answer for a request that changes nothing; a request that may have been
 * carried out overrides it with `unknown-outcome`.
 */
import type { ErrorKind } from '@medevac/kernel';

const kind = (code: string, retry: ErrorKind['retry'], advice: string): ErrorKind => ({
  code,
  retry,
  advice,
});

export const cloudErrors = {
  unreachable: kind(
    'cloud.unreachable',
    'after',
    'Check that the service runs, its name resolves and nothing between blocks the port.',
  ),
  tlsFailed: kind(
    'cloud.tls_failed',
    'never',
    'Name the CA of the certificate with cacert (OS_CACERT), or correct the endpoint address.',
  ),
  timeout: kind(
    'cloud.timeout',
    'after',
    'Look at the load of the service and of its database and message queue.',
  ),
  replyLost: kind(
    'cloud.reply_lost',
    'unknown-outcome',
    'The connection broke before the answer; look at the service and at proxies before it.',
  ),
  lookTooOld: kind(
    'cloud.look_too_old',
    'after',
    'A change waited too long for a token or a connection and was not sent; look at Keystone.',
  ),
  tokenRefused: kind(
    'cloud.token_refused',
    'after',
    'The token is renewed; if it goes on, look at the keys and the clocks of the Keystone nodes.',
  ),
  busy: kind('cloud.busy', 'after', 'The service asks for a pause; it is overloaded or starting.'),
  failed: kind('cloud.failed', 'after', "Find the request id in the service's own log."),
  refused: kind('cloud.refused', 'never', "Find the request id in the service's own log."),
  authFailed: kind(
    'cloud.auth_failed',
    'never',
    'Check user, password, domains and project in clouds.yaml or the OS_ variables.',
  ),
  forbidden: kind(
    'cloud.forbidden',
    'never',
    'Give the user the admin role in its project, or adjust the policy of the service.',
  ),
  endpointMissing: kind(
    'cloud.endpoint_missing',
    'never',
    'Correct region_name or interface, register the endpoint, or set <service>_endpoint_override.',
  ),
  microversionUnsupported: kind(
    'cloud.microversion_unsupported',
    'never',
    'Use a cloud of release Train or newer, and a v2.1 endpoint for compute.',
  ),
  answerUnreadable: kind(
    'cloud.answer_unreadable',
    'never',
    'Something other than the service may answer at this address; look at the endpoint.',
  ),
  answerTooLarge: kind(
    'cloud.answer_too_large',
    'never',
    'Something other than the service may answer at this address; look at the endpoint.',
  ),
  cellDown: kind(
    'cloud.cell_down',
    'after',
    "Nova cannot reach the database of one of its cells; see 'nova-manage cell_v2 list_cells'.",
  ),
  stampUnclear: kind(
    'cloud.stamp_unclear',
    'unknown-outcome',
    "Nothing to do: Nova's database rounds times, so the host is watched until it is silent.",
  ),
  listUnfinished: kind(
    'cloud.list_unfinished',
    'after',
    'A list did not come to an end; the service repeats its pages or the list is beyond the limit.',
  ),
  policyInvalid: kind(
    'policy.invalid',
    'never',
    'Correct the file that --policy-file names; medevac policy show lists the rules there are.',
  ),
  configUnreadable: kind(
    'cloud_config.unreadable',
    'never',
    'Correct the file, or name another one with OS_CLIENT_CONFIG_FILE.',
  ),
  cloudUnknown: kind(
    'cloud_config.cloud_unknown',
    'never',
    'Name one of the clouds of clouds.yaml with --os-cloud or OS_CLOUD.',
  ),
  configIncomplete: kind(
    'cloud_config.incomplete',
    'never',
    'Add what is missing to clouds.yaml, to secure.yaml or to the OS_ variables.',
  ),
  configInvalid: kind(
    'cloud_config.invalid',
    'never',
    'Correct the named setting in clouds.yaml, in secure.yaml or in the OS_ variables.',
  ),
} as const;
