"""Forwards TCP connections of one loopback port to another, for as long as it runs.

A service that reaches its database this way loses it when this process is stopped: open
connections end and new ones are refused, as when the machine of the database has died.
"""
import asyncio
import sys


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # either side has gone, and so does the other one
    finally:
        writer.close()


async def forward(listen, target):
    async def serve(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection('127.0.0.1', target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    server = await asyncio.start_server(serve, '127.0.0.1', listen)
    await server.serve_forever()


if __name__ == '__main__':
    asyncio.run(forward(int(sys.argv[1]), int(sys.argv[2])))
