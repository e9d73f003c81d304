/** What Keystone answers about a token, as the identity of a caller. */
import { type Static, Type } from 'typebox';
import { requireCloudStampMs } from '../cloud-stamp.ts';
import { parseAnswer, shapeOf } from '../http/answer-shape.ts';
import type { CloudAnswer } from '../http/transport.ts';
import type { Identity } from './tokens.ts';

const Reference = Type.Optional(Type.Object({ id: Type.String() }));
const AccessRules = Type.Array(
  Type.Object({ service: Type.String(), method: Type.String(), path: Type.String() }),
);
const TokenAnswer = Type.Object({
  token: Type.Object({
    expires_at: Type.String(),
    user: Type.Object({ id: Type.String(), name: Type.String(), domain: Reference }),
    project: Type.Optional(Type.Object({ id: Type.String(), domain: Reference })),
    domain: Reference,
    system: Type.Optional(Type.Object({ all: Type.Optional(Type.Boolean()) })),
    roles: Type.Optional(Type.Array(Type.Object({ name: Type.String() }))),
    is_admin_project: Type.Optional(Type.Boolean()),
    application_credential: Type.Optional(
      Type.Object({ access_rules: Type.Optional(Type.Union([Type.Null(), AccessRules])) }),
    ),
  }),
});
const TokenAnswerShape = shapeOf(TokenAnswer);
type TokenBody = Static<typeof TokenAnswer>['token'];

/** `call` names the request for messages. */
export function identityOf(answer: CloudAnswer, call: string): Identity {
  const { token } = parseAnswer(TokenAnswerShape, answer, call);
  return {
    userId: token.user.id,
    userName: token.user.name,
    ...present('userDomainId', token.user.domain?.id),
    projectId: token.project?.id ?? null,
    ...present('projectDomainId', token.project?.domain?.id),
    ...present('domainId', token.domain?.id),
    ...(token.system?.all === true ? { systemScope: 'all' } : {}),
    roles: (token.roles ?? []).map((role) => role.name),
    ...present('isAdminProject', token.is_admin_project),
    ...present('accessRules', accessRulesOf(token)),
    expiresAtMs: requireCloudStampMs(token.expires_at, call),
  };
}

/** `null` and absence mean no limit; an empty list would allow nothing. */
const accessRulesOf = ({ application_credential: credential }: TokenBody) =>
  credential?.access_rules?.map(({ service, method, path }) => ({ service, method, path }));

const present = <Key extends keyof Identity>(key: Key, value: Identity[Key] | undefined) =>
  (value === undefined ? {} : { [key]: value }) as Partial<Pick<Identity, Key>>;
