/** The part of Glance that a recovery needs: what an image says about instances made from it. */
import type { Call } from '../call.ts';

export interface Image {
  readonly uuid: string;
  /** Every property that somebody has set, such as `evacuable` or `hw_tpm_version`. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface Images {
  /** `undefined`: deleted, or not to be seen by our user; instances outlive their image. */
  readImage(uuid: string, call: Call): Promise<Image | undefined>;
}
