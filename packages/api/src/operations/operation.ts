/**
 * An operation of the API as data. Routes, validation, policy, the machine-readable description and
 * the fuzz tests are all derived from the table of operations; nothing is routed beside it.
 */
import type { Identity } from '@medevac/openstack';
import type { Static, TSchema } from 'typebox';
import type { ApiDependencies } from '../dependencies.ts';
import type { Query, SortColumns } from '../list-parameters.ts';
import type { Microversion } from '../microversion.ts';
import type { PolicyRule } from '../policy.ts';

/** The body that an operation takes in a range of microversions, both ends included. */
export interface RequestSchema {
  readonly first: Microversion;
  readonly last: Microversion;
  readonly schema: TSchema;
}

/** One request, checked: identity, microversion, body schema and policy are past. */
export interface OperationCall<Body> {
  readonly version: Microversion;
  readonly identity: Identity;
  readonly query: Query;
  readonly body: Body;
  /** The part of the path that stands for `{name}`. */
  readonly parameter: (name: string) => string;
  /** Throws a 400 unless `value` is valid; for what is checked after the policy. */
  readonly check: (schema: TSchema, value: unknown) => void;
}

/** What a caller can ask of a list, beside the parameters that all lists share. */
export interface ListShape {
  readonly filters: readonly string[];
  /** Absent: its order is fixed. */
  readonly sortColumns?: SortColumns<string>;
}

interface OperationFacts {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/v1` or `/v1/{project_id}`, or below `/medevac/v1`; parameters in braces. */
  readonly path: string;
  readonly first: Microversion;
  readonly last: Microversion;
  readonly rule: PolicyRule;
  /** By microversion; empty for operations without a body. */
  readonly requests: readonly RequestSchema[];
  readonly successStatus: 200 | 201 | 202 | 204;
  /** Absent when a success has no body. */
  readonly answer?: TSchema;
  readonly list?: ListShape;
}

export interface Operation extends OperationFacts {
  /** Carries the operation out and gives the body of the answer. Refusals are thrown. */
  readonly handle: (call: OperationCall<unknown>, api: ApiDependencies) => Promise<unknown>;
}

export interface BodyOperation<Body extends TSchema> extends OperationFacts {
  /** The widest of the request schemas: what a handler may find in a body. */
  readonly body: Body;
  readonly handle: (call: OperationCall<Static<Body>>, api: ApiDependencies) => Promise<unknown>;
}

/** An operation whose handler knows the type of its body, which validation has made sure of. */
export function withBody<Body extends TSchema>(operation: BodyOperation<Body>): Operation {
  return {
    ...operation,
    handle: (call, api) => operation.handle(call as OperationCall<Static<Body>>, api),
  };
}

/** Methods that the resource pattern maps and that are not offered: answered with 405. */
export interface RefusedMethod {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly action: 'create' | 'update' | 'delete';
}
