/**
 * The parts of the API by name, as `/extensions` lists them. Masakari's parts were plug-ins once;
 * ours are fixed, so the list is data.
 */
import Type from 'typebox';
import type { ApiDependencies } from '../dependencies.ts';
import { resourceNotFound } from '../errors.ts';
import { isAllowed } from '../policy.ts';
import type { Operation, OperationCall } from './operation.ts';

const extensionWire = Type.Object({
  name: Type.String(),
  alias: Type.String(),
  description: Type.String(),
  namespace: Type.String(),
  updated: Type.String(),
  links: Type.Array(Type.Object({})),
});
const extensionAnswer = Type.Object({ extension: extensionWire });
const extensionListAnswer = Type.Object({ extensions: Type.Array(extensionWire) });

const extension = <Alias extends string>(alias: Alias, name: string, description: string) => ({
  name,
  alias,
  description,
  namespace: '',
  updated: '',
  links: [],
});

/** In the order of their aliases. */
const EXTENSIONS = [
  extension('extensions', 'Extensions', 'Extension information.'),
  extension('notifications', 'Notifications', 'Notifications support.'),
  extension('os-hosts', 'Hosts', 'Hosts controller'),
  extension('segments', 'Segments', 'Segments Extension.'),
  extension('versions', 'Versions', 'API Version information.'),
  extension('vmoves', 'vmoves', 'vmoves controller'),
];
const everyVersion = { first: '1.0', last: '1.3' } as const;

/** Those that the caller may discover. */
const visible = ({ identity }: OperationCall<unknown>, api: ApiDependencies) =>
  EXTENSIONS.filter(({ alias }) =>
    isAllowed(`os_masakari_api:${alias}:discoverable`, identity, api),
  );

export const EXTENSION_OPERATIONS: readonly Operation[] = [
  {
    id: 'extensions:index',
    method: 'GET',
    path: '/extensions',
    ...everyVersion,
    rule: 'os_masakari_api:extensions:index',
    requests: [],
    successStatus: 200,
    answer: extensionListAnswer,
    handle: async (call, api) => ({ extensions: visible(call, api) }),
  },
  {
    id: 'extensions:detail',
    method: 'GET',
    path: '/extensions/{alias}',
    ...everyVersion,
    rule: 'os_masakari_api:extensions:detail',
    requests: [],
    successStatus: 200,
    answer: extensionAnswer,
    handle: async (call, api) => {
      const found = visible(call, api).find(({ alias }) => alias === call.parameter('alias'));
      if (found === undefined) throw resourceNotFound();
      return { extension: found };
    },
  },
];
