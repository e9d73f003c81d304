/**
 * The tree of steps of one run: names become paths, and no path is used twice in one life of a run.
 */
import { forEachBounded, invariant, type Json, type RunId } from '@medevac/kernel';
import type { Attempt, ForEachOptions, Scope, StepOptions } from './definition.ts';
import type { Tenure } from './lease-store.ts';
import { type RunFrame, runStep } from './step.ts';

export class RunScope implements Scope {
  readonly #frame: RunFrame;
  readonly #prefix: string;
  readonly #used: Set<string>;

  constructor(frame: RunFrame, prefix = '', used = new Set<string>()) {
    this.#frame = frame;
    this.#prefix = prefix;
    this.#used = used;
  }

  get runId(): RunId {
    return this.#frame.runId;
  }

  get signal(): AbortSignal {
    return this.#frame.tenancy.signal;
  }

  step<T extends Json>(
    name: string,
    options: StepOptions,
    body: (attempt: Attempt) => Promise<T>,
  ): Promise<T> {
    return runStep(this.#frame, this.#claim(name), options, body);
  }

  wasDone(name: string): boolean {
    return this.#frame.known.get(`${this.#prefix}${name}`)?.state === 'done';
  }

  async forEach<Item>(
    name: string,
    items: readonly Item[],
    options: ForEachOptions<Item>,
    body: (scope: Scope, item: Item) => Promise<void>,
  ): Promise<void> {
    const path = this.#claim(name);
    const children = items.map((item) => {
      const prefix = this.#claimPath(`${path}/${options.key(item)}`);
      return { item, scope: new RunScope(this.#frame, `${prefix}/`, this.#used) };
    });
    const { signal } = this.#frame.tenancy;
    await forEachBounded(
      children,
      options.concurrency,
      (child) => body(child.scope, child.item),
      signal,
    );
  }

  write<Outcome extends string>(
    write: (tenure: Tenure) => Promise<Outcome>,
  ): Promise<Exclude<Outcome, 'stale'>> {
    return this.#frame.tenancy.write(write);
  }

  #claim(name: string): string {
    invariant(!name.includes('/'), `the step name ${name} contains a slash`);
    return this.#claimPath(`${this.#prefix}${name}`);
  }

  #claimPath(path: string): string {
    invariant(!this.#used.has(path), `the step ${path} stands twice in one run`);
    this.#used.add(path);
    return path;
  }
}
