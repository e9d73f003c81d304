/** Nova's actions on one instance over HTTP. */
import type { HostName, InstanceUuid, Json } from '@medevac/kernel';
import { Type } from 'typebox';
import type { Call } from '../call.ts';
import { parseAnswer, shapeOf } from '../http/answer-shape.ts';
import type { EndpointClient } from '../keystone/endpoint-client.ts';
import type { ActionRecord, InstanceActions, RejectableOutcome } from './instance-actions.ts';
import { NOVA_VERSIONS } from './microversions.ts';
import type { ActionOutcome } from './nova.ts';
import { actOnServer, askForAction, refusalOf } from './server-action.ts';

const ActionsShape = shapeOf(
  Type.Object({
    instanceActions: Type.Array(
      Type.Object({
        action: Type.String(),
        request_id: Type.Union([Type.String(), Type.Null()]),
        user_id: Type.Union([Type.String(), Type.Null()]),
      }),
    ),
  }),
);

export class HttpInstanceActions implements InstanceActions {
  readonly #endpoint: EndpointClient;

  constructor(endpoint: EndpointClient) {
    this.#endpoint = endpoint;
  }

  async listActions(uuid: InstanceUuid, call: Call): Promise<readonly ActionRecord[]> {
    const path = `/servers/${encodeURIComponent(uuid)}/os-instance-actions`;
    const microversion = NOVA_VERSIONS.listActions;
    const request = { method: 'GET', path, microversion, answers: [200, 404] } as const;
    const answer = await this.#endpoint.ask(request, call);
    if (answer.status === 404) return [];
    const what = 'compute: GET /servers/{id}/os-instance-actions';
    return parseAnswer(ActionsShape, answer, what).instanceActions.map((one) => ({
      action: one.action,
      requestId: one.request_id ?? '',
      userId: one.user_id,
    }));
  }

  start(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#act(uuid, 'start', { 'os-start': null }, call);
  }

  hardReboot(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#act(uuid, 'hardReboot', { reboot: { type: 'HARD' } }, call);
  }

  pause(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#act(uuid, 'pause', { pause: null }, call);
  }

  suspend(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#act(uuid, 'suspend', { suspend: null }, call);
  }

  rescue(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome> {
    return this.#actOrBeRejected(uuid, 'rescue', { rescue: {} }, call);
  }

  lock(uuid: InstanceUuid, reason: string, call: Call): Promise<ActionOutcome> {
    return this.#act(uuid, 'lock', { lock: { locked_reason: reason } }, call);
  }

  unlock(uuid: InstanceUuid, call: Call): Promise<ActionOutcome> {
    return this.#act(uuid, 'unlock', { unlock: null }, call);
  }

  migrate(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome> {
    return this.#actOrBeRejected(uuid, 'migrate', { migrate: null }, call);
  }

  confirmMigration(uuid: InstanceUuid, call: Call): Promise<RejectableOutcome> {
    return this.#actOrBeRejected(uuid, 'confirmMigration', { confirmResize: null }, call);
  }

  liveMigrate(
    uuid: InstanceUuid,
    host: HostName | undefined,
    call: Call,
  ): Promise<RejectableOutcome> {
    const body = { 'os-migrateLive': { host: host ?? null, block_migration: 'auto' } };
    return this.#actOrBeRejected(uuid, 'liveMigrate', body, call);
  }

  async #actOrBeRejected(
    uuid: InstanceUuid,
    name: 'rescue' | 'liveMigrate' | 'migrate' | 'confirmMigration',
    body: Json,
    call: Call,
  ): Promise<RejectableOutcome> {
    const microversion = NOVA_VERSIONS[name];
    const action = { body, microversion, answers: [200, 202, 204, 400, 404, 409] };
    const answer = await askForAction(this.#endpoint, uuid, action, call);
    switch (answer.status) {
      case 404:
        return { kind: 'missing' };
      case 409:
        return { kind: 'conflict', message: refusalOf(answer) };
      case 400:
        return { kind: 'rejected', message: refusalOf(answer) };
      default:
        return { kind: 'accepted' };
    }
  }

  #act(
    uuid: InstanceUuid,
    name: 'start' | 'hardReboot' | 'pause' | 'suspend' | 'lock' | 'unlock',
    body: Json,
    call: Call,
  ): Promise<ActionOutcome> {
    return actOnServer(this.#endpoint, uuid, { body, microversion: NOVA_VERSIONS[name] }, call);
  }
}
