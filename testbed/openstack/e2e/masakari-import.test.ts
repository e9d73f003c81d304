/**
 * `medevac import masakari` out of a database that the real Masakari filled through its own API:
 * Medevac then tells the same segments, hosts and notifications, under the same identifiers, and
 * nothing was written to the source.
 */
import assert from 'node:assert/strict';
import {
  type Call,
  callAt,
  everythingTold,
  MASAKARI_DATABASE,
  masakariChecksum,
  type Row,
  type Told,
  withMasakari,
} from '../harness/masakari.ts';
import {
  MEDEVAC_URL,
  newStateDir,
  removeStateDir,
  runMedevac,
  startMedevac,
} from '../harness/medevac.ts';
import { newToken } from '../harness/nova.ts';
import { generatedTime } from '../harness/operator.ts';
import { quietStory } from '../harness/story.ts';
import { waitForBed } from '../harness/waiting.ts';

const IMPORT_TIMEOUT_MS = 60_000;
const FINAL = ['finished', 'failed', 'ignored'];

/** Segments of two methods, one disabled; hosts of all flags; one of each deleted again. */
async function fillInventory(call: Call): Promise<void> {
  const segment = async (fields: object): Promise<string> => {
    const made = await call('POST', '/segments', { segment: fields });
    return String((made['segment'] as Row)['uuid']);
  };
  const host = async (segmentId: string, fields: object): Promise<string> => {
    const body = { host: { type: 'COMPUTE', control_attributes: 'SSH', ...fields } };
    const made = await call('POST', `/segments/${segmentId}/hosts`, body);
    return String((made['host'] as Row)['uuid']);
  };
  const kind = { service_type: 'COMPUTE', recovery_method: 'auto' };
  const first = await segment({ ...kind, name: 'rack-1', description: 'Größe: 1' });
  const second = await segment({
    ...kind,
    name: 'rack-2',
    recovery_method: 'rh_priority',
    enabled: false,
  });
  const gone = await segment({ ...kind, name: 'gone' });
  await host(first, { name: 'compute-01' });
  await host(first, { name: 'compute-02', reserved: true });
  await host(second, { name: 'compute-03' });
  const removed = await host(gone, { name: 'compute-04' });
  await call('DELETE', `/segments/${gone}/hosts/${removed}`);
  await call('DELETE', `/segments/${gone}`);
  await call('PUT', `/segments/${second}`, { segment: { description: 'changed once' } });
}

/** One notification of each type, waited for until Masakari has done with all of them. */
async function fillHistory(call: Call): Promise<void> {
  const report = (type: string, hostname: string, payload: object): Promise<Row> =>
    call('POST', '/notifications', {
      notification: { type, hostname, generated_time: generatedTime(), payload },
    });
  const guest = '0a5d3c52-7c1d-4c35-9d26-58b4a3b6d7e1';
  const shutdown = { event: 'LIFECYCLE', vir_domain_event: 'STOPPED_SHUTDOWN' };
  await report('VM', 'compute-01', { ...shutdown, instance_uuid: guest });
  await report('COMPUTE_HOST', 'compute-01', { event: 'STOPPED', host_status: 'UNKNOWN' });
  await report('PROCESS', 'compute-03', { event: 'STARTED', process_name: 'nova-compute' });
  await waitForBed(
    'Masakari has done with its notifications',
    async () => {
      const { notifications } = await everythingTold(call);
      return notifications.every(({ status }) => FINAL.includes(String(status)));
    },
    { timeoutMs: 120_000, stepMs: 1_000 },
  );
}

/** Without the integers, which each database hands out for itself. */
const withoutIds = (rows: readonly Row[]): readonly Row[] =>
  rows.map(({ id: _, failover_segment: segment, ...row }) => {
    if (segment === undefined) return row;
    const [plain] = withoutIds([segment as Row]);
    return { ...row, failover_segment: plain };
  });

/** Every field that Masakari told is told again; Medevac may tell more (of newer Masakaris). */
function assertTellsTheSame(found: readonly Row[], expected: readonly Row[], what: string): void {
  const wanted = withoutIds(expected);
  const shared = withoutIds(found).map((row, index) =>
    Object.fromEntries(Object.keys(wanted[index] ?? row).map((key) => [key, row[key]])),
  );
  assert.deepEqual(shared, wanted, what);
}

async function toldByMedevac(stateDir: string): Promise<Told> {
  const replica = await startMedevac({ stateDir });
  try {
    const token = await newToken();
    return await everythingTold((method, path, body) =>
      callAt(`${MEDEVAC_URL}/v1`, token, { method, path, body }),
    );
  } finally {
    await replica.kill();
  }
}

quietStory('what a real Masakari holds is imported, once and again, and only read', async () => {
  let told: Told | undefined;
  await withMasakari(async (call) => {
    await fillInventory(call);
    await fillHistory(call);
    told = await everythingTold(call);
  });
  assert.ok(told !== undefined);
  assert.deepEqual([told.segments.length, told.hosts.length, told.notifications.length], [2, 3, 3]);
  const before = masakariChecksum();
  const stateDir = newStateDir();
  try {
    const words = [`--database=${MASAKARI_DATABASE}`, `--state=${stateDir}`];
    const importing = (...more: readonly string[]): string => {
      const declared = ['--fencing=trusted', '--storage=shared'];
      return runMedevac(['import', 'masakari', ...words, ...declared, ...more], IMPORT_TIMEOUT_MS);
    };
    importing('--dry-run');
    const { segments: none } = await toldByMedevac(stateDir);
    assert.deepEqual(none, [], 'a dry run writes nothing');
    for (const round of ['first', 'second']) {
      importing();
      const found = await toldByMedevac(stateDir);
      assertTellsTheSame(found.segments, told.segments, `segments, ${round} import`);
      assertTellsTheSame(found.hosts, told.hosts, `hosts, ${round} import`);
      assertTellsTheSame(found.notifications, told.notifications, `history, ${round} import`);
    }
    assert.equal(masakariChecksum(), before, 'the source is only read');
  } finally {
    removeStateDir(stateDir);
  }
});
