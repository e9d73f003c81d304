/** A port that tells of each answered call, and changes nothing about it. */
import { wrappedPort } from './wrapped-port.ts';

export type Observe = (name: string, parameters: readonly unknown[], answer: unknown) => void;

export function listening<Port extends object>(port: Port, observe: Observe): Port {
  return wrappedPort(port, (name, method) => async (...parameters) => {
    const answer = await method(...parameters);
    observe(name, parameters, answer);
    return answer;
  });
}
