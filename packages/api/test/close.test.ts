/** The API on a real socket: it listens on loopback and ends without cutting anybody off. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN_TOKEN, openApi } from './api-fixture.ts';

test('closing waits for the answer that is under way and takes no new request', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<undefined>();
  const { app } = openApi({
    tokens: {
      identify: async () => {
        asked.resolve();
        return answer.promise;
      },
    },
  });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const request = fetch(`${address}/v1/segments`, { headers: { 'x-auth-token': ADMIN_TOKEN } });
  await asked.promise;
  const closed = app.close();
  answer.resolve(undefined);
  assert.equal((await request).status, 401);
  await closed;
  await assert.rejects(fetch(`${address}/healthcheck`));
});
