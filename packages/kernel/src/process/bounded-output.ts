/**
 * The beginning and the end of what a stream has said, in bounded memory: the beginning holds an
 * answer, the end holds what went wrong.
 */

export class BoundedOutput {
  readonly #partBytes: number;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #seenBytes = 0;

  /** Keeps at most so many bytes. */
  constructor(mostBytes: number) {
    this.#partBytes = Math.floor(mostBytes / 2);
  }

  get seenBytes(): number {
    return this.#seenBytes;
  }

  get isCut(): boolean {
    return this.#seenBytes > this.#head.length + this.#tail.length;
  }

  add(chunk: Buffer): void {
    this.#seenBytes += chunk.length;
    const room = this.#partBytes - this.#head.length;
    if (room > 0) this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)]);
    const rest = chunk.subarray(Math.max(0, room)).subarray(-this.#partBytes);
    if (rest.length === 0) return;
    this.#tail = Buffer.concat([this.#tail, rest]).subarray(-this.#partBytes);
  }

  /** As UTF-8; a mark says how much was left out. */
  text(): string {
    const left = this.#seenBytes - this.#head.length - this.#tail.length;
    if (left === 0) return Buffer.concat([this.#head, this.#tail]).toString('utf8');
    const [head, tail] = [this.#head.toString('utf8'), this.#tail.toString('utf8')];
    return `${head}\n[${left} bytes left out]\n${tail}`;
  }
}
