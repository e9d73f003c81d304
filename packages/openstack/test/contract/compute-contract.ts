/**
 * What the product relies on in Nova, Placement and Glance, as facts that hold for every cloud: the
 * real one and a simulated one. The facts are told in order; hosts are left as they were found.
 */
import { after, before, describe } from 'node:test';
import { actionFacts } from './action-facts.ts';
import { catalogueFacts } from './catalogue-facts.ts';
import { cellFacts } from './cell-facts.ts';
import type { CloudForTest } from './cloud-for-test.ts';
import { ContractStory } from './contract-story.ts';
import { deadHostFacts } from './dead-host-facts.ts';
import { evacuationFacts, forceDownFacts } from './evacuation-facts.ts';
import { lateDeliveryFacts } from './late-delivery-facts.ts';
import { lockFacts } from './lock-facts.ts';
import { moveFacts } from './move-facts.ts';
import { readingFacts } from './reading-facts.ts';
import { returnFacts } from './return-facts.ts';

/** Registers the facts. `open` is called once, before the first of them. */
export function computeContract(name: string, open: () => Promise<CloudForTest>): void {
  describe(`compute contract: ${name}`, { concurrency: 1 }, () => {
    const story = new ContractStory();
    before(async () => story.begin(await open()));
    after(async () => story.end());
    readingFacts(story);
    catalogueFacts(story);
    actionFacts(story);
    lockFacts(story);
    moveFacts(story);
    forceDownFacts(story);
    evacuationFacts(story);
    returnFacts(story);
    deadHostFacts(story);
    lateDeliveryFacts(story);
    cellFacts(story);
  });
}
