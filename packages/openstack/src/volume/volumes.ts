/** The part of Cinder that a look ahead needs: whether a volume needs a key to be opened. */
import type { Call } from '../call.ts';

export interface Volume {
  readonly uuid: string;
  /** Its host reads the key from the key manager when it attaches the volume. */
  readonly isEncrypted: boolean;
}

export interface Volumes {
  /** `undefined`: deleted, or not to be seen by our user. */
  readVolume(uuid: string, call: Call): Promise<Volume | undefined>;
}
