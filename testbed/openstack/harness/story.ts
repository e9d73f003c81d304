/**
 * An end-to-end story: a test that is repeated once when the bed is in trouble, and then skipped,
 * loudly. What the product does wrong fails it at once.
 */
import { type TestContext, test } from 'node:test';
import { restore } from './bed.ts';
import { BedTrouble, progress } from './waiting.ts';

/** Set by `run.ts` when the bed could not be brought up: the reason. */
const UNUSABLE = process.env['TESTBED_UNUSABLE'];
const TIMEOUT_MS = 300_000;

/** A story that needs no instances and changes no host. */
export function quietStory(title: string, tell: () => Promise<void>): void {
  tellStory(title, tell);
}

/** Restores the bed first, then tells the story; `tell` must leave nothing of its own running. */
export function story(title: string, tell: () => Promise<void>): void {
  tellStory(title, async () => {
    restore();
    await tell();
  });
}

function tellStory(title: string, tell: () => Promise<void>): void {
  void test(title, { timeout: TIMEOUT_MS }, async (context) => {
    if (UNUSABLE !== undefined) {
      skipLoudly(context, title, UNUSABLE);
      return;
    }
    progress(`--- ${title}`);
    const first = await attempt(tell);
    if (first === undefined) return;
    progress(`the bed is in trouble, once more: ${first.message}`);
    const second = await attempt(tell);
    if (second !== undefined) skipLoudly(context, title, second.message);
  });
}

async function attempt(tell: () => Promise<void>): Promise<BedTrouble | undefined> {
  try {
    await tell();
    return undefined;
  } catch (error) {
    if (error instanceof BedTrouble) return error;
    throw error;
  }
}

function skipLoudly(context: TestContext, title: string, reason: string): void {
  progress(`!!! SKIPPED: ${title}: ${reason}`);
  context.skip(`the test bed: ${reason}`);
}
