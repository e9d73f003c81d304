/** What counts as proof when a power switch works, lies about acceptance, or does not answer. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type HostName, type IncidentId, ManualClock, OperationalError } from '@medevac/kernel';
import { FENCING_ERRORS } from './errors.ts';
import type { FenceTarget } from './fence-device.ts';
import { powerDevice } from './power-device.ts';
import type { PowerReading, PowerSwitch } from './power-switch.ts';

const HOST = 'compute-1' as HostName;
const refused = () => new OperationalError(FENCING_ERRORS.unreachable, 'connection refused');

/** A switch whose reads are scripted; the last one stays. */
class ScriptedSwitch implements PowerSwitch {
  readonly name = 'bmc';
  readonly done: string[] = [];
  readonly #reads: (PowerReading['kind'] | 'throws' | 'never')[];
  readonly #onOff: () => Promise<void>;

  constructor(
    reads: readonly (PowerReading['kind'] | 'throws' | 'never')[],
    onOff: () => Promise<void> = async () => {},
  ) {
    this.#reads = [...reads];
    this.#onOff = onOff;
  }

  async read(): Promise<PowerReading> {
    this.done.push('read');
    const [next = 'on'] = this.#reads;
    if (this.#reads.length > 1) this.#reads.shift();
    if (next === 'throws') throw refused();
    if (next === 'never') return await new Promise(() => {});
    return next === 'unknown' ? { kind: next, reason: 'it says error' } : { kind: next };
  }

  async switchOff(): Promise<void> {
    this.done.push('off');
    await this.#onOff();
  }
}

async function fence(power: PowerSwitch, command?: FenceTarget['command']) {
  const clock = new ManualClock();
  const device = powerDevice(power, clock);
  const target: FenceTarget = {
    host: HOST,
    incident: 'incident' as IncidentId,
    report: { evidenceId: 7, by: 'monitor' },
    command: command ?? ((act) => act()),
  };
  const fenced = device.fence(target, new AbortController().signal);
  fenced.catch(() => undefined);
  await clock.advance(120_000);
  return await fenced;
}

const CONFIRMED = {
  kind: 'confirmed',
  confirmation: { kind: 'off', basis: 'power_off', by: 'bmc', evidenceId: 7 },
};

describe('a power device', () => {
  it('confirms a host that reads off without a command', async () => {
    const power = new ScriptedSwitch(['off']);
    assert.deepEqual(await fence(power), CONFIRMED);
    assert.deepEqual(power.done, ['read']);
  });

  it('switches off, and confirms once it has read off', async () => {
    const power = new ScriptedSwitch(['on', 'on', 'unknown', 'throws', 'off']);
    assert.deepEqual(await fence(power), CONFIRMED);
    assert.deepEqual(power.done, ['read', 'off', 'read', 'read', 'read', 'read']);
  });

  it('does not take an accepted command for proof', async () => {
    const outcome = await fence(new ScriptedSwitch(['on']));
    assert.deepEqual(outcome, { kind: 'failed', reason: 'its power still reads on' });
  });

  it('reads although the command was refused, for it may have been carried out', async () => {
    const power = new ScriptedSwitch(['on', 'off'], () => Promise.reject(refused()));
    assert.deepEqual(await fence(power), CONFIRMED);
  });

  it('says that the switch does not answer, and confirms nothing', async () => {
    for (const silence of ['throws', 'never'] as const) {
      const outcome = await fence(new ScriptedSwitch([silence], () => Promise.reject(refused())));
      assert.equal(outcome.kind, 'failed');
      assert.match(JSON.stringify(outcome), /cannot be read \(.*refused: connection refused/);
    }
  });

  it('switches nothing when the last look forbids it', async () => {
    const power = new ScriptedSwitch(['on']);
    const lives = () => Promise.reject(new Error('the host lives'));
    await assert.rejects(fence(power, lives), /the host lives/);
    assert.deepEqual(power.done, ['read']);
  });
});
