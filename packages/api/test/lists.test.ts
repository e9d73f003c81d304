/** Lists: filters, order and pages. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { LIMITS } from '@medevac/kernel';
import { type ApiFixture, addHost, addSegment, openApi, report } from './api-fixture.ts';

let api: ApiFixture;
let segment: { readonly uuid: string; readonly id: number };

before(async () => {
  api = openApi();
  const methods = ['auto', 'reserved_host', 'auto'];
  for (const [index, name] of ['alpha', 'gamma', 'beta'].entries()) {
    const fields = { name, recovery_method: methods[index], enabled: index !== 1 };
    const added = await addSegment(api, fields);
    segment ??= added;
    await api.clock.advance(1_000);
  }
  await addHost(api, segment.uuid, { name: 'compute-01', reserved: true });
  await addHost(api, segment.uuid, { name: 'compute-02', type: 'OTHER', on_maintenance: false });
  await addHost(api, segment.uuid, { name: 'compute-03', control_attributes: 'IPMI' });
  await report(api, { generated_time: '2026-11-20T20:00:00' });
  const process = { type: 'PROCESS', payload: { event: 'STOPPED', process_name: 'x' } };
  await report(api, { generated_time: '2026-11-20T20:10:00', hostname: 'compute-02', ...process });
});

type List = 'segments' | 'hosts' | 'notifications';

async function namesOf(list: List, query: string): Promise<readonly string[]> {
  const url = list === 'hosts' ? `/v1/segments/${segment.uuid}/hosts` : `/v1/${list}`;
  const answer = await api.ask({ url: `${url}${query}` });
  assert.equal(answer.status, 200, answer.text);
  return answer.body[list].map((row) => ('name' in row ? row.name : row.type));
}

const LISTED: readonly (readonly [list: List, query: string, names: readonly string[]])[] = [
  ['segments', '', ['beta', 'gamma', 'alpha']],
  ['segments', '?sort_dir=asc', ['alpha', 'gamma', 'beta']],
  ['segments', '?sort_key=name&sort_dir=asc', ['alpha', 'beta', 'gamma']],
  ['segments', '?sort_key=name', ['gamma', 'beta', 'alpha']],
  [
    'segments',
    '?sort_key=recovery_method&sort_key=name&sort_dir=asc&sort_dir=desc',
    ['beta', 'alpha', 'gamma'],
  ],
  ['segments', '?sort_key=deleted&sort_dir=asc', ['alpha', 'gamma', 'beta']],
  ['segments', '?limit=2', ['beta', 'gamma']],
  ['segments', '?limit=0', []],
  ['segments', '?limit=999999', ['beta', 'gamma', 'alpha']],
  ['segments', '?marker=&limit=1', ['beta']],
  ['segments', '?marker=2&limit=1', ['alpha']],
  ['segments', '?recovery_method=auto', ['beta', 'alpha']],
  ['segments', '?recovery_method=never', []],
  ['segments', '?service_type=compute', []],
  ['segments', '?enabled=Yes', ['beta', 'alpha']],
  ['segments', '?enabled=f', ['gamma']],
  ['segments', '?colour=red&name=alpha', ['beta', 'gamma', 'alpha']],
  ['hosts', '?sort_key=name&sort_dir=asc', ['compute-01', 'compute-02', 'compute-03']],
  ['hosts', '?reserved=TRUE', ['compute-01']],
  ['hosts', '?on_maintenance=1', []],
  ['hosts', '?type=OTHER', ['compute-02']],
  ['hosts', '?control_attributes=IPMI', ['compute-03']],
  ['hosts', '?name=compute-02', ['compute-02']],
  ['hosts', '?failover_segment_id=x&limit=1', ['compute-03']],
  ['notifications', '', ['PROCESS', 'COMPUTE_HOST']],
  ['notifications', '?sort_key=generated_time&sort_dir=asc', ['COMPUTE_HOST', 'PROCESS']],
  ['notifications', '?type=PROCESS', ['PROCESS']],
  ['notifications', '?type=DISK', []],
  ['notifications', '?status=new', ['PROCESS', 'COMPUTE_HOST']],
  ['notifications', '?status=finished', []],
  ['notifications', '?status=lost', []],
  ['notifications', '?source_host_uuid=x', []],
  ['notifications', '?generated-since=2026-11-20T20%3A10%3A00', ['PROCESS']],
  ['notifications', '?generated-since=2026-11-20T22:10:00%2B02:00', ['PROCESS']],
  ['notifications', '?generated-since=2026-11-21', []],
];
for (const [list, query, names] of LISTED) {
  test(`${list}${query} lists ${names.join(', ') || 'nothing'}`, async () => {
    assert.deepEqual(await namesOf(list, query), names);
  });
}

const BOOLEAN_WORDS = "'0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'";
const REFUSED: readonly (readonly [query: string, message: string])[] = [
  ['segments?limit=many', 'Invalid input received: limit must be an integer'],
  ['segments?limit=1.5', 'Invalid input received: limit must be an integer'],
  ['segments?limit=-1', 'Invalid input received: limit must be >= 0'],
  ['segments?page_size=x', 'Invalid input received: page_size must be an integer'],
  ['segments?marker=99', 'Marker 99 could not be found.'],
  ['segments?sort_key=colour', "InvalidSortKey('Sort key supplied is invalid: colour')"],
  ['segments?sort_key=toString', "InvalidSortKey('Sort key supplied is invalid: toString')"],
  ['segments?sort_dir=up', "Unknown sort direction, must be 'asc' or 'desc'"],
  ['segments?sort_dir=asc&sort_dir=asc', 'Sort direction size exceeds sort key size'],
  [
    'segments?enabled=perhaps',
    "Invalid value for enabled: Unrecognized value 'perhaps', " +
      `acceptable values are: ${BOOLEAN_WORDS}`,
  ],
  ['notifications?generated-since=soon', 'Invalid generated-since value'],
];
for (const [query, message] of REFUSED) {
  test(`${query} is refused`, async () => {
    const answer = await api.ask({ url: `/v1/${query}` });
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.body, { badRequest: { code: 400, message } });
  });
}

test('pages by integer id and by UUID come to the same end', async () => {
  for (const key of ['id', 'uuid'] as const) {
    const seen: string[] = [];
    let marker = '';
    for (;;) {
      const url = `/v1/segments?limit=1&sort_key=name&sort_dir=asc&marker=${marker}`;
      const [row] = (await api.ask({ url })).body.segments;
      if (row === undefined) break;
      seen.push(row.name);
      marker = String(row[key]);
    }
    assert.deepEqual(seen, ['alpha', 'beta', 'gamma']);
  }
});

test('a list is cut to the greatest page', async () => {
  const many = openApi();
  for (let index = 0; index <= LIMITS.apiPageSize; index++) {
    await addSegment(many, { name: `segment-${index}` });
  }
  for (const query of ['', '?limit=100000']) {
    const answer = await many.ask({ url: `/v1/segments${query}` });
    assert.equal(answer.body.segments.length, LIMITS.apiPageSize);
  }
});
