/**
 * Runs the checks in their order. Each has a deadline; a check whose facts are missing is skipped
 * and names the check at which they ended. Nothing that a check throws gets further than its line.
 */
import { messageOf, OperationalError } from '@medevac/kernel';
import { type Answer, CHECK_MS, type Check, type Finding } from './check.ts';
import type { FactName, Facts, Surroundings } from './surroundings.ts';

export interface Line extends Finding {
  readonly name: string;
}

/** `tell` is given each line as soon as it is known. */
export async function examine(
  checks: readonly Check[],
  around: Surroundings,
  tell: (line: Line) => void,
): Promise<readonly Line[]> {
  let facts: Partial<Facts> = {};
  const missing = new Map<FactName, string>();
  const lines: Line[] = [];
  for (const check of checks) {
    const lacking = check.needs.find((need) => !(need in facts));
    const reason = lacking === undefined ? undefined : (missing.get(lacking) ?? 'nothing knows it');
    const answer: Answer =
      reason === undefined
        ? // Every need was found above.
          await runInTime(check, facts as Facts, around)
        : { level: 'skipped', found: `because ${reason}` };
    facts = { ...facts, ...answer.facts };
    for (const fact of check.provides) {
      if (!(fact in facts)) missing.set(fact, answer.withheld ?? reason ?? endOf(check));
    }
    const line = lineOf(check.name, answer);
    lines.push(line);
    tell(line);
  }
  return lines;
}

const endOf = (check: Check): string => `of the problem with ${check.name}`;

function lineOf(name: string, { level, found, advice, items }: Answer): Line {
  return {
    name,
    level,
    found,
    ...(advice === undefined ? {} : { advice }),
    ...(items === undefined ? {} : { items }),
  };
}

async function runInTime(check: Check, facts: Facts, around: Surroundings): Promise<Answer> {
  const deadlineMs = check.deadlineMs ?? CHECK_MS;
  const late = new AbortController();
  const done = new AbortController();
  const timer = around.clock.sleep(deadlineMs, done.signal).then((): Answer => {
    late.abort(new Error('the check took too long'));
    return {
      level: 'problem',
      found: `no result within ${deadlineMs / 1000} s`,
      advice: 'Look at the load of what it asks, and run the command again.',
    };
  });
  const work = check.run(facts, { around, call: { deadlineMs, signal: late.signal } });
  const result = work.catch(answerOf);
  try {
    return await Promise.race([result, timer]);
  } finally {
    done.abort(new Error('done'));
    timer.catch(() => {});
  }
}

/** What was thrown, as a finding. */
export function answerOf(error: unknown): Finding {
  const found = messageOf(error).replace(/\.$/, '');
  if (!(error instanceof OperationalError)) return { level: 'problem', found };
  return { level: 'problem', found, advice: `${error.advice} [${error.code}]` };
}
