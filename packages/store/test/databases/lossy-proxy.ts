/**
 * A way to a server that can be told to lose a statement or the answer to it, as a network does
 * that breaks at the worst moment.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Loss = 'before' | 'answer' | 'silence';

export interface LossyProxy {
  readonly port: number;
  /**
   * From the next packet of the client that holds `text`: `before` breaks the connection without
   * passing it on, `answer` passes it on and breaks before the answer, `silence` loses the answer
   * and keeps the connection.
   */
  lose(text: string, loss: Loss): void;
  close(): Promise<void>;
}

export async function openLossyProxy(port: number): Promise<LossyProxy> {
  let wanted: { readonly text: string; readonly loss: Loss } | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    let isLost = false;
    client.on('data', (data: Buffer) => {
      const loss = wanted && data.includes(wanted.text) ? wanted.loss : undefined;
      if (loss !== undefined) {
        wanted = undefined;
        isLost = true;
      }
      if (loss === 'before') {
        client.destroy();
        upstream.destroy();
        return;
      }
      upstream.write(data);
    });
    upstream.on('data', (data: Buffer) => {
      if (!isLost) client.write(data);
      else if (!silent.has(client)) client.destroy();
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  const silent = new Set<Socket>();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    lose: (text, loss) => {
      wanted = { text, loss };
      if (loss === 'silence') for (const socket of sockets) silent.add(socket);
    },
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
