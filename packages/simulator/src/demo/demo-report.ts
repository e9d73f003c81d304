/** The closing tables of the demo: every host before and after, and how long it all took. */
import type { DemoWorld } from './demo-world.ts';
import type { Timeline } from './timeline.ts';

const COLUMNS = ['host', 'power', 'in Nova', 'before', 'after'] as const;

/** One line for each host; `states` are Nova's words for its services. */
export function hostTable(world: DemoWorld, states: ReadonlyMap<string, string>): string[] {
  const now = world.cloud.instances();
  const rows = world.cloud
    .hosts()
    .map(({ name, power }) => [
      name,
      power,
      states.get(name) ?? '-',
      String(world.instances.filter((one) => one.host === name).length),
      String(now.filter((one) => one.runsOn.includes(name)).length),
    ]);
  const leftAlone = now.filter((one) => one.runsOn.length === 0).length;
  const total = String(now.length);
  const running = String(now.length - leftAlone);
  return align([COLUMNS, ...rows, ['instances', '', '', total, running]]);
}

/** The times of a recovery, in seconds since the host was killed. */
export function timeTable(timeline: Timeline): string[] {
  const back = [...timeline.backMs.values()].toSorted((a, b) => a - b);
  const rows: readonly (readonly [string, number | undefined])[] = [
    ['reported by the monitor', timeline.firstMs('report')],
    ['judged dead', timeline.firstMs('verdict')],
    ['confirmed off', timeline.firstMs('confirmation')],
    ['forced down in Nova', timeline.firstMs('force-down')],
    ['first instance back', back.at(0)],
    ['half of them back', back.at(Math.max(0, Math.ceil(back.length / 2) - 1))],
    ['last instance back', back.at(-1)],
  ];
  return align(rows.map(([what, ms]) => [what, ms === undefined ? '-' : seconds(ms)]));
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2).padStart(6)} s`;

function align(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  );
  return table.map((row) =>
    `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}
