/** Power switches whose state the test sets, several of which may feed one host. */
import { FENCING_ERRORS, type PowerReading, type PowerSwitch } from '@medevac/fencing';
import { OperationalError } from '@medevac/kernel';

export class FakeFeed implements PowerSwitch {
  readonly name: string;
  power: 'on' | 'off' = 'on';
  isSilent = false;
  isStuck = false;
  offs = 0;
  onOff: () => void = () => {};

  constructor(name: string) {
    this.name = name;
  }

  async read(): Promise<PowerReading> {
    this.#reach();
    return { kind: this.power };
  }

  async switchOff(): Promise<void> {
    this.#reach();
    this.offs += 1;
    this.onOff();
    if (!this.isStuck) this.power = 'off';
  }

  #reach(): void {
    if (this.isSilent) throw new OperationalError(FENCING_ERRORS.unreachable, 'no route');
  }
}
