/** Each check of `medevac doctor` alone: what it finds, how bad that is, what it advises. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HostName } from '@medevac/kernel';
import { OperationalError } from '@medevac/kernel';
import type { Server } from '@medevac/openstack';
import { SCHEMA_VERSION, STORE_ERRORS } from '@medevac/store';
import type { Answer, Check, Level } from '../src/doctor/check.ts';
import {
  checkComputeServices,
  checkRegisteredHosts,
  checkReservedHosts,
  checkStuckInstances,
  remindOfGuestStart,
} from '../src/doctor/check-hosts.ts';
import {
  checkClock,
  checkCredentials,
  checkKeystone,
  checkRights,
} from '../src/doctor/check-keystone.ts';
import {
  checkCompute,
  checkComputeVersions,
  checkInstanceHa,
  checkPlacement,
  checkPlacementVersions,
} from '../src/doctor/check-services.ts';
import { checkCloudFile, checkSettings, checkState } from '../src/doctor/check-settings.ts';
import type { Facts, StateView } from '../src/doctor/surroundings.ts';
import {
  type AroundChange,
  CALL,
  cloudError,
  fakeAround,
  fakeCloud,
  fakeFacts,
  range,
  server,
  service,
  stateView,
  throwing,
  unseen,
} from './doctor-fakes.ts';

interface Case {
  readonly facts?: Partial<Facts>;
  readonly around?: AroundChange;
}

const ask = (check: Check, { facts, around }: Case = {}): Promise<Answer> =>
  check.run(fakeFacts(facts), { around: fakeAround(around), call: CALL });

async function expect(answer: Promise<Answer>, level: Level, found: RegExp): Promise<Answer> {
  const given = await answer;
  assert.match(given.found, found);
  assert.equal(given.level, level, given.found);
  if (level === 'problem' || level === 'warning') assert.ok(given.advice, 'it says what to do');
  return given;
}

describe('settings and files', () => {
  test('complete settings are handed on', async () => {
    const { facts } = await expect(ask(checkSettings), 'ok', /complete and valid/);
    assert.deepEqual(facts?.place, { directory: '/state' });
    assert.deepEqual(facts?.listen, { host: '0.0.0.0', port: 15_868 });
  });

  test('warns that nothing can be recovered while there is no fence device', async () => {
    const values = { fencing: 'required' } as const;
    await expect(ask(checkSettings, { around: { values } }), 'warning', /no fence device yet/);
  });

  test('all that is wrong is named at once, each fault one time', async () => {
    const file = new Error('m.yaml: there is no setting fence');
    const faults = { fencing: file, storage: file, lease: new Error('--lease is "x"') };
    const answer = await expect(ask(checkSettings, { around: { faults } }), 'problem', /m\.yaml/);
    assert.deepEqual(answer.items, ['m.yaml: there is no setting fence', '--lease is "x"']);
  });

  test('a cloud is shown with its address, and an unknown one is an error', async () => {
    await expect(ask(checkCloudFile), 'ok', /cloud "here": https:\/\/keystone\/v3, one, public/);
    const openCloud = throwing(cloudError('cloudUnknown', 'no cloud "x"; clouds.yaml has: here'));
    await assert.rejects(ask(checkCloudFile, { around: { openCloud } }), /clouds\.yaml has: here/);
  });
});

describe('state directory', () => {
  const look = (change: Partial<StateView>) =>
    ask(checkState, { around: { state: stateView(change) } });

  test('a database of ours is told with its version and hosts', async () => {
    const answer = await expect(look({}), 'ok', /schema version \d+, 1 registered host$/);
    assert.deepEqual(answer.facts?.registeredHosts, ['compute-01']);
  });

  test('one that is not there yet is made by serve', async () => {
    const exists = false;
    await expect(look({ exists, database: { kind: 'absent' } }), 'ok', /not there yet/);
    await expect(look({ database: { kind: 'absent' } }), 'ok', /no database yet/);
    await expect(look({ database: { kind: 'empty' } }), 'ok', /an empty database/);
  });

  test('an older schema is migrated, a newer one is a problem', async () => {
    const ours = (version: number) => ({ kind: 'ours', version, hosts: [], segments: [] }) as const;
    const behind = new RegExp(`version 0, serve brings it to ${SCHEMA_VERSION}`);
    await expect(look({ database: ours(0) }), 'ok', behind);
    await expect(look({ database: ours(SCHEMA_VERSION + 1) }), 'problem', /knows up to/);
  });

  test('a directory that may not be used, a foreign and a broken database are problems', async () => {
    await expect(look({ trouble: 'EACCES' }), 'problem', /user medevac cannot use \/state: EACCES/);
    await expect(look({ database: { kind: 'foreign', table: 'notes' } }), 'problem', /"notes"/);
    const error = new OperationalError(STORE_ERRORS.notADatabase, 'it is not a database');
    await expect(look({ database: { kind: 'unreadable', error } }), 'problem', /not a database/);
  });

  test('little space is a warning, hardly any is a problem', async () => {
    await expect(look({ freeBytes: 300 * 1024 ** 2 }), 'warning', /300 MiB free/);
    await expect(look({ freeBytes: 1024 ** 2 }), 'problem', /1 MiB free/);
  });
});

describe('Keystone', () => {
  test('says how the way to it is protected', async () => {
    await expect(ask(checkKeystone), 'ok', /certificate is valid/);
    const plain = fakeCloud({ config: { authUrl: 'http://keystone/v3' } });
    await expect(ask(checkKeystone, { facts: { cloud: plain } }), 'ok', /without encryption/);
    const insecure = fakeCloud({ config: { tls: { insecure: true } } });
    const answer = ask(checkKeystone, { facts: { cloud: insecure } });
    await expect(answer, 'warning', /certificate is not checked/);
  });

  test('credentials that it refuses are an error with its own words', async () => {
    await expect(ask(checkCredentials), 'ok', /takes them/);
    const authenticate = throwing(cloudError('authFailed', 'refuses user "u"'));
    const cloud = fakeCloud({ authenticate });
    await assert.rejects(ask(checkCredentials, { facts: { cloud } }), /refuses user/);
  });

  test('clocks apart are a warning, never more', async () => {
    const greet = (dateMs: number | undefined) => ({
      facts: { greeting: { version: 'v3', dateMs, ourWallMs: 100_000 } },
    });
    await expect(ask(checkClock, greet(96_000)), 'ok', /within 5 s/);
    await expect(ask(checkClock, greet(40_000)), 'warning', /60 s ahead of Keystone/);
    await expect(ask(checkClock, greet(400_000)), 'warning', /300 s behind Keystone/);
  });

  test('without a Date header the stamp of our token tells the time', async () => {
    const greeting = { version: 'v3', dateMs: undefined, ourWallMs: 1_000 };
    await expect(ask(checkClock, { facts: { greeting } }), 'ok', /within 5 s/);
    const session = fakeCloud({ keystoneNowMs: async () => 61_000 });
    const answer = ask(checkClock, { facts: { greeting, session } });
    await expect(answer, 'warning', /60 s behind/);
  });
});

describe('rights', () => {
  const identity = { userId: 'u', userName: 'medevac', projectId: 'p', expiresAtMs: 0 };
  const withRoles = (...roles: readonly string[]) =>
    fakeCloud({ identify: async () => ({ ...identity, roles }) });

  test('an admin may do everything', async () => {
    await expect(ask(checkRights), 'ok', /its roles: admin/);
  });

  test('whoever is no admin is told what the policies must allow instead', async () => {
    const reader = { facts: { session: withRoles('reader') } };
    const first = await expect(ask(checkRights, reader), 'warning', /is no admin; .*: reader/);
    assert.match(first.advice ?? '', /validation of tokens/);
    const keeper = { facts: { session: withRoles('service') } };
    const second = await expect(ask(checkRights, keeper), 'warning', /is no admin/);
    assert.doesNotMatch(second.advice ?? '', /validation of tokens/);
  });

  test('names every read that is refused', async () => {
    const refuse = throwing(cloudError('forbidden', 'Policy does not allow it'));
    const nova = { listServers: refuse, listComputeServices: refuse };
    const answer = ask(checkRights, { facts: { session: fakeCloud({ nova }) } });
    await expect(
      answer,
      'problem',
      /may not list compute services nor list the instances of all projects/,
    );
  });

  test('lets other failures through, and tells a token that Keystone does not know', async () => {
    const nova = { listServers: throwing(cloudError('timeout', 'no answer')) };
    await assert.rejects(
      ask(checkRights, { facts: { session: fakeCloud({ nova }) } }),
      /no answer/,
    );
    const session = fakeCloud({ identify: async () => undefined });
    await expect(ask(checkRights, { facts: { session } }), 'problem', /does not know the token/);
  });
});

describe('services of the catalogue', () => {
  test('endpoints that answer are told with their range', async () => {
    const compute = await expect(ask(checkCompute), 'ok', /nova\/v2\.1 answers, .* 2\.1 to 2\.93/);
    assert.equal(compute.facts?.compute?.highest, '2.93');
    await expect(ask(checkPlacement), 'ok', /1\.0 to 1\.39/);
  });

  test('an endpoint that is missing or silent is an error', async () => {
    const versions = throwing(cloudError('endpointMissing', 'the catalogue has no compute'));
    const facts = { session: fakeCloud({ versions }) };
    await assert.rejects(ask(checkCompute, { facts }), /has no compute/);
    await assert.rejects(ask(checkPlacement, { facts }), /has no compute/);
  });

  test('says which calls an old cloud refuses', async () => {
    await expect(ask(checkComputeVersions), 'ok', /every one of our calls/);
    const compute = range('2.1', '2.72', 'http://nova');
    const found = /2\.1 to 2\.72, but listServers needs 2\.73, readServer needs 2\.73/;
    await expect(ask(checkComputeVersions, { facts: { compute } }), 'problem', found);
    const placement = range('1.0', '1.10', 'http://placement');
    const old = ask(checkPlacementVersions, { facts: { placement } });
    await expect(old, 'problem', /allocatedProviders needs 1\.14/);
  });

  test('reads from Placement what a recovery reads', async () => {
    await expect(ask(checkPlacementVersions), 'ok', /allocations can be read/);
    const readAllocations = throwing(cloudError('forbidden', 'placement: 403'));
    const session = fakeCloud({ readAllocations });
    await assert.rejects(ask(checkPlacementVersions, { facts: { session } }), /403/);
  });
});

describe('instance-ha', () => {
  const at = (endpoint: string, listen?: Facts['listen']) =>
    ask(checkInstanceHa, {
      facts: {
        session: fakeCloud({ versions: async () => range('1.0', '1.3', endpoint) }),
        ...(listen === undefined ? {} : { listen }),
      },
    });

  test('is well where the catalogue names the address that serve listens on', async () => {
    await expect(at('http://anywhere:15868/v1/p'), 'ok', /as Medevac does/);
    await expect(at('http://[::1]:5/v1', { host: '::1', port: 5 }), 'ok', /as Medevac does/);
    await expect(at('https://ha.example/v1', { host: '::', port: 443 }), 'ok', /as Medevac/);
  });

  test('warns of another address, which may be a proxy or Masakari', async () => {
    await expect(at('http://here:15000/v1'), 'warning', /not the 0\.0\.0\.0:15868 of --listen/);
    const listen = { host: '127.0.0.1', port: 15_868 };
    await expect(at('http://here:15868/v1', listen), 'warning', /not the 127\.0\.0\.1:15868/);
  });

  test('warns with the way to register it, or to start it', async () => {
    const missing = fakeCloud({ versions: throwing(cloudError('endpointMissing', 'no entry')) });
    const first = ask(checkInstanceHa, { facts: { session: missing } });
    assert.match((await expect(first, 'warning', /no entry/)).advice ?? '', /service create/);
    const silent = fakeCloud({ versions: throwing(cloudError('unreachable', 'refused')) });
    const second = ask(checkInstanceHa, { facts: { session: silent } });
    assert.match((await expect(second, 'warning', /refused/)).advice ?? '', /medevac serve/);
  });
});

describe('hosts', () => {
  const listed = (...services: Facts['services']) =>
    ask(checkComputeServices, {
      facts: { session: fakeCloud({ nova: { listComputeServices: async () => services } }) },
    });

  test('names the hosts that are not fit, and whose doing it is', async () => {
    const forced = { forcedDown: true, state: 'down', status: 'disabled' } as const;
    const answer = await expect(
      listed(
        service('fine'),
        service('dead', { state: 'down' }),
        service('by-hand', { ...forced, disabledReason: 'disk' }),
        service('ours', { ...forced, disabledReason: 'medevac 0123' }),
        service('off', { status: 'disabled' }),
      ),
      'warning',
      /^5 compute hosts; down: dead; forced down by hand: by-hand; .*Medevac: ours; disabled: off$/,
    );
    assert.equal(answer.items?.length, 4);
    assert.equal(answer.facts?.services?.length, 5);
  });

  test('a cell that Nova cannot see and a cloud without hosts are problems', async () => {
    await expect(listed(service('a'), unseen('b')), 'problem', /Nova cannot reach: b/);
    await expect(listed(), 'problem', /no compute service/);
    await expect(listed(service('a'), service('b')), 'ok', /2 compute hosts, all up/);
  });

  test('a long list is cut for people and whole for programs', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `h${index}`);
    const down = listed(...names.map((name) => service(name, { state: 'down' })));
    const answer = await expect(down, 'warning', /down: h0, h1, h2, h3, h4 and 3 more$/);
    assert.equal(answer.items?.length, 8);
  });

  test('registered hosts are looked for in Nova, unseen ones count as there', async () => {
    const registered = (...names: readonly string[]) =>
      ask(checkRegisteredHosts, {
        facts: {
          registeredHosts: names as readonly HostName[],
          services: [service('a'), unseen('b'), service('c')],
        },
      });
    await expect(registered('a', 'gone'), 'problem', /without a compute service: gone$/);
    await expect(registered('a', 'b'), 'ok', /2 registered hosts, .*; not registered: c$/);
    await expect(registered(), 'warning', /none is protected/);
  });

  test('a segment that recovers to reserved hosts is asked for one that is up', async () => {
    const reserved = (recoveryMethod: string, ...names: readonly string[]) =>
      ask(checkReservedHosts, {
        facts: {
          segments: [{ name: 'rack', recoveryMethod, reserved: names as readonly HostName[] }],
          services: [service('a'), service('b', { state: 'down' }), unseen('c')],
        },
      });
    await expect(reserved('auto'), 'ok', /no segment/);
    await expect(reserved('reserved_host', 'b', 'a'), 'ok', /1 segment with a reserved host/);
    await expect(reserved('reserved_host', 'b', 'c'), 'problem', /that is up: rack$/);
    await expect(reserved('reserved_host'), 'problem', /that is up: rack$/);
    await expect(reserved('auto_priority', 'gone'), 'warning', /that is up: rack$/);
  });

  test('what Nova does not show is a reminder that names the command', async () => {
    const answer = await expect(ask(remindOfGuestStart), 'reminder', /resume_guests_state/);
    assert.match(answer.advice ?? '', /grep/);
  });
});

describe('stuck instances', () => {
  const look = (...servers: readonly Server[]) =>
    ask(checkStuckInstances, {
      facts: {
        services: [service('a'), service('b', { updatedAt: '2026-11-20T11:00:00' }), unseen('c')],
        session: fakeCloud({
          nova: {
            listServers: async ({ host }) => {
              assert.notEqual(host, 'c', 'nothing can be read of a host that is unseen');
              return { servers: servers.filter((one) => one.host === host), unseen: [] };
            },
          },
        }),
      },
    });
  const busy = (updatedAt: string) => ({ taskState: 'deleting', updatedAt });

  test('names instance, host and task by the newest stamp of Nova', async () => {
    const answer = await expect(
      look(
        server('old', 'b', busy('2026-11-20T11:29:59Z')),
        server('young', 'a', busy('2026-11-20T11:30:00Z')),
        server('idle', 'a'),
      ),
      'warning',
      /1 of 3 instances with a task of more than 30 minutes: old on b is deleting since/,
    );
    assert.equal(answer.items?.length, 1);
  });

  test('finds none where none is', async () => {
    await expect(look(server('x', 'a'), server('y', 'b')), 'ok', /^2 instances, none/);
    await expect(look(), 'ok', /^0 instances, none/);
  });
});
