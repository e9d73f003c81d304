/**
 * A cell whose database Nova's API cannot reach, while its hosts live on: what is said to be
 * unknown, what is left out without a word, and what fails. The cell is up again afterwards.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type ErrorKind, OperationalError } from '@medevac/kernel';
import { cloudErrors } from '../../src/index.ts';
import { CALL, NOBODY } from './cloud-for-test.ts';
import type { ContractStory } from './contract-story.ts';

const isError =
  ({ code }: ErrorKind) =>
  (error: unknown): boolean =>
    error instanceof OperationalError && error.code === code;
const isCellDown = isError(cloudErrors.cellDown);
/** The change may have been carried out, for all that the answer says. */
const isUnknown = (error: unknown): boolean =>
  isError(cloudErrors.failed)(error) &&
  error instanceof OperationalError &&
  error.retry === 'unknown-outcome';

export function cellFacts(story: ContractStory): void {
  const whileDown = (sentence: string, check: () => Promise<void>): void => {
    it(sentence, async () => {
      await story.service();
      await story.bed.setCell('down');
      try {
        await check();
      } finally {
        await story.bed.setCell('up');
        await story.bed.until(() => isSeen(story), 'the cell seen again');
      }
    });
  };

  whileDown('shows the services of a cell that is down as unseen, each by its name', async () => {
    const { nova } = story.bed.cloud;
    const all = await nova.listComputeServices({}, CALL);
    for (const host of story.bed.hosts) {
      const unseen = { kind: 'unseen', host };
      assert.deepEqual(
        all.find((one) => one.host === host),
        unseen,
      );
      assert.deepEqual(await nova.listComputeServices({ host }, CALL), [unseen]);
    }
  });

  whileDown('says nothing of instances of such a cell, and of one that it is unseen', async () => {
    const { nova } = story.bed.cloud;
    const host = story.hostNumber(2);
    await assert.rejects(nova.listServers({ host }, CALL), isCellDown);
    await assert.rejects(nova.readServer(story.first, CALL), isCellDown);
    assert.equal(await nova.readServer(NOBODY, CALL), undefined);
  });

  whileDown('leaves out the migrations of such a cell without a word', async () => {
    assert.deepEqual(await story.bed.cloud.nova.listMigrations({ host: story.host }, CALL), []);
  });

  whileDown('keeps what Placement knows of hosts and instances', async () => {
    const { placement } = story.bed.cloud;
    const names = (await placement.listCapacity({ VCPU: 1 }, CALL)).map(({ name }) => name);
    for (const host of story.bed.hosts) assert.ok(names.includes(host), host);
    assert.equal((await placement.allocatedProviders(story.first, CALL)).length, 1);
  });

  whileDown('fails every change in such a cell with an outcome that is not known', async () => {
    const { actions, nova } = story.bed.cloud;
    await assert.rejects(nova.evacuate(story.first, undefined, CALL), isUnknown);
    await assert.rejects(nova.stop(story.first, CALL), isUnknown);
    await assert.rejects(nova.resetState(story.first, 'error', CALL), isUnknown);
    await assert.rejects(actions.start(story.first, CALL), isUnknown);
    await assert.rejects(actions.lock(story.first, 'contract', CALL), isUnknown);
    await assert.rejects(actions.liveMigrate(story.first, undefined, CALL), isUnknown);
    await assert.rejects(actions.listActions(story.first, CALL), isError(cloudErrors.failed));
  });

  it('fails a change of a service in such a cell, and none of the changes was made', async () => {
    const { nova } = story.bed.cloud;
    const server = await story.server(story.first);
    const { uuid, forcedDown, status } = await story.service();
    await story.bed.setCell('down');
    try {
      const change = { forcedDown: true, status: 'disabled', disabledReason: 'lost' } as const;
      await assert.rejects(nova.changeService(uuid, change, CALL), isUnknown);
      await assert.rejects(nova.stop(story.first, CALL), isUnknown);
    } finally {
      await story.bed.setCell('up');
      await story.bed.until(() => isSeen(story), 'the cell seen again');
    }
    const now = await story.service();
    assert.deepEqual([now.forcedDown, now.status], [forcedDown, status]);
    assert.deepEqual(await story.server(story.first), server);
  });

  it('shows hosts that have lived on as up again, with all their instances', async () => {
    await story.bed.until(async () => (await story.service()).state === 'up', 'the host up');
    const host = (await story.server(story.first)).host;
    assert.ok(host !== null);
    const { servers, unseen } = await story.bed.cloud.nova.listServers({ host }, CALL);
    assert.ok(servers.some((server) => server.uuid === story.first));
    assert.deepEqual(unseen, []);
  });
}

async function isSeen(story: ContractStory): Promise<boolean> {
  const all = await story.bed.cloud.nova.listComputeServices({}, CALL);
  return all.every((one) => one.kind === 'seen');
}
