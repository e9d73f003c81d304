/** The stores of the product, each behind the same wrapping: a new store is never left out. */
import type { Stores } from '@medevac/store';

export type WrapStore = <Port extends object>(port: Port, name: keyof Stores) => Port;

export function eachStore(stores: Stores, wrap: WrapStore): Stores {
  const wrapped = Object.entries(stores).map(([name, port]: [string, object]) => [
    name,
    wrap(port, name as keyof Stores),
  ]);
  return Object.fromEntries(wrapped) as Stores;
}
