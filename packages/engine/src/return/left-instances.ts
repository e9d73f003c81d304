/**
 * The instances of a recovered host that were never moved: refused ones, those on local disks,
 * those whose policy keeps them there. Once the host is back, each that ran before is started where
 * it is when Nova finds its guest off. Observes: instances, migrations, who asked for a stop.
 * Changes: the power state alone, once per instance and life of the run.
 */
import { decideLeftInstance, type LeftInstanceAction } from '@medevac/core';
import type { InstanceUuid } from '@medevac/kernel';
import type { ActionOutcome } from '@medevac/openstack';
import type { Attempt } from '@medevac/workflow';
import { ReturnState } from '../stores/return-store.ts';
import { type VmoveRecord, VmoveStatus } from '../stores/vmove-store.ts';
import { callOf, type ReturnRun, requireNoNewFailure } from './return-run.ts';

const AT_MOST = 10_000;

/** Kept with the instance's answer, and known by it after a crash. */
const startedOn = (host: string): string => `started on ${host} when it was back in service`;

export class LeftInstances {
  readonly #run: ReturnRun;
  readonly #attempt: Attempt;
  readonly #left: readonly VmoveRecord[];
  readonly #begun = new Set<string>();

  private constructor(run: ReturnRun, attempt: Attempt, left: readonly VmoveRecord[]) {
    this.#run = run;
    this.#attempt = attempt;
    this.#left = left;
  }

  static async open(run: ReturnRun, attempt: Attempt): Promise<LeftInstances> {
    const filter = { incidentId: run.record.incidentId };
    const { vmoves } = run.parts.ports.stores;
    const page = await vmoves.list({ filter, sort: [], limit: AT_MOST });
    const rows = page.kind === 'page' ? page.rows : [];
    const left = rows.filter(({ status }) => status !== VmoveStatus.succeeded);
    return new LeftInstances(run, attempt, left);
  }

  get count(): number {
    return this.#left.length;
  }

  /** How many were started. */
  get begun(): number {
    return new Set([...this.#begun].map((key) => key.split(' ')[0])).size;
  }

  /** Does what is to be done now, and answers how many are still waited for. */
  async look(): Promise<number> {
    let waiting = 0;
    for (const vmove of this.#left) {
      const action = await this.#decide(vmove);
      const isBeginning = action.kind === 'start' || action.kind === 'pause';
      if (isBeginning && this.#isOurs(vmove, action.kind)) {
        await this.#begin(vmove, action.kind);
      }
      if (isBeginning || action.kind === 'wait') waiting += 1;
    }
    return waiting;
  }

  /** Once each; and an instance that its owner has started is not paused by us. */
  #isOurs(vmove: VmoveRecord, kind: 'start' | 'pause'): boolean {
    const uuid = vmove.instanceUuid;
    if (this.#begun.has(`${uuid} ${kind}`)) return false;
    if (kind === 'start') return true;
    const { hostName } = this.#run.record;
    const wasStarted = vmove.message?.endsWith(startedOn(hostName)) === true;
    return wasStarted || this.#begun.has(`${uuid} start`);
  }

  async #decide(vmove: VmoveRecord): Promise<LeftInstanceAction> {
    const { parts, record } = this.#run;
    const { actions, nova } = parts.ports;
    const call = callOf(this.#run, this.#attempt);
    const uuid = vmove.instanceUuid;
    const server = await nova.readServer(uuid, call);
    const facts = {
      host: record.hostName,
      vmStateBefore: vmove.before.vmState,
      powerStateBefore: vmove.before.powerState,
      server,
    };
    const early = decideLeftInstance({ ...facts, migrations: [], lastAskedBy: 'nobody' });
    if (early.kind === 'settled' || early.kind === 'wait') return early;
    const all = await nova.listMigrations({ host: record.hostName }, call);
    const records = await actions.listActions(uuid, call);
    // Our own locks are among the records, and say nothing of what was asked of the guest.
    const newest = records.find(({ action }) => action !== 'lock' && action !== 'unlock');
    const asked = newest?.userId === null ? 'nova' : 'person';
    return decideLeftInstance({
      ...facts,
      migrations: all.filter((one) => one.instanceUuid === uuid),
      lastAskedBy: newest?.action === 'stop' ? asked : 'nobody',
    });
  }

  async #begin(vmove: VmoveRecord, kind: 'start' | 'pause'): Promise<void> {
    const { parts, record, scope } = this.#run;
    const { clock, log, stores } = parts.ports;
    const outcome = await this.#attempt.effect(async () => {
      await requireNoNewFailure(parts, record, ReturnState.watching);
      return await this.#act(vmove.instanceUuid, kind);
    });
    const told = { host: record.hostName, instance: vmove.instanceUuid, outcome: outcome.kind };
    log.info(`return.${kind}`, told);
    if (outcome.kind !== 'accepted') return;
    this.#begun.add(`${vmove.instanceUuid} ${kind}`);
    const was = vmove.message === null ? '' : `${vmove.message}; `;
    const message = was + startedOn(record.hostName);
    if (kind !== 'start') return;
    await scope.write((tenure) => stores.vmoves.change(tenure, vmove, { message }, clock.wallMs()));
  }

  #act(uuid: InstanceUuid, kind: 'start' | 'pause'): Promise<ActionOutcome> {
    const { actions } = this.#run.parts.ports;
    const call = callOf(this.#run, this.#attempt);
    return kind === 'start' ? actions.start(uuid, call) : actions.pause(uuid, call);
  }
}
