/** The check that every other test of the API rests on finds what it is there for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { OPERATIONS } from '../src/operations/table.ts';
import { NEVER_DELETED } from '../src/schemas/fields.ts';
import { requireDocumentedAnswers } from './documented-answers.ts';

const operation = OPERATIONS.find(({ path, method }) => path === '/segments' && method === 'GET');

const SEGMENT = {
  id: 1,
  uuid: '5fd9194f-1234-4000-8000-7cf7f0f1c001',
  name: 'rack-1',
  description: null,
  service_type: 'COMPUTE',
  recovery_method: 'auto',
  enabled: true,
  created_at: '2026-11-20T20:58:05.123000',
  updated_at: null,
  ...NEVER_DELETED,
};
const { name, ...nameless } = SEGMENT;

for (const [what, segment, status] of [
  ['is as described passes', SEGMENT, 200],
  ['lacks a field is found', nameless, 500],
  ['has a field that is not described is found', { ...SEGMENT, secret: 'x' }, 500],
] as const) {
  test(`an answer about ${name} that ${what}`, async () => {
    assert.ok(operation);
    const app = fastify();
    requireDocumentedAnswers(app);
    app.get('/', { config: { operation } }, async () => ({ segments: [segment] }));
    const answer = await app.inject('/');
    assert.equal(answer.statusCode, status);
    assert.equal(answer.body.includes('answers otherwise'), status === 500);
    await app.close();
  });
}
