/** Which peers may say in headers where a request came from. */
import { BlockList, isIP } from 'node:net';

/** Takes addresses and networks (`10.0.0.0/8`); throws a sentence about the first that is none. */
export function trustedProxies(entries: readonly string[]): (peerAddress: string) => boolean {
  const list = new BlockList();
  for (const entry of entries) add(list, entry);
  return (peerAddress) => {
    const address = peerAddress.replace(/%.*$/, '');
    const family = isIP(address);
    // An IPv4 peer of a socket for both families is looked up as what it is by the list itself.
    return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
}

function add(list: BlockList, entry: string): void {
  const [address = '', bits, ...more] = entry.split('/');
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
  if (family === 0 || !isNetwork || more.length > 0) {
    throw new Error(`"${entry}" is neither an address nor a network such as 10.0.0.0/8`);
  }
  list.addSubnet(address, bits === undefined ? most : Number(bits), family === 4 ? 'ipv4' : 'ipv6');
}
