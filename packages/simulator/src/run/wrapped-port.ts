/**
 * A port with something around each of its methods: faults, a process that may be dead, somebody
 * who listens. Each method is wrapped once and not at every call.
 */
export type Method = (...parameters: readonly unknown[]) => Promise<unknown>;

export function wrappedPort<Port extends object>(
  port: Port,
  wrap: (name: string, method: Method) => Method,
): Port {
  const first = new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const value = wrap(String(name), member.bind(target) as Method);
      Object.defineProperty(known, name, { value, configurable: true });
      return value;
    },
  });
  // A method that was wrapped is found here, before the proxy is asked: proxies are slow.
  const known = Object.create(first) as Port;
  return known;
}
