/**
 * Members of an instance's may-run set beside its failed host: is each of them confirmed dead now?
 * Only an incident of their own can say so, and only while everything that it rests on still
 * stands. Nothing is changed here.
 */
import { isConfirmationValid } from '@medevac/core';
import { type HostName, type IncidentId, sharedRead } from '@medevac/kernel';
import { ReturnState } from '../stores/return-store.ts';
import { type Recovery, readEvidenceOrder, readService } from './context.ts';
import { type DeathCertificate, readCertificate } from './death-certificate.ts';
import { PowerCheck } from './power-check.ts';

/** A host that was confirmed dead, and by what that is looked at again. Journaled. */
export type DeadMember = {
  readonly host: HostName;
  readonly incident: IncidentId;
  readonly certificate: DeathCertificate;
};

export type MemberView =
  | { readonly kind: 'dead'; readonly member: DeadMember }
  | { readonly kind: 'unknown'; readonly reason: string };

/** `undefined`: it is still dead. Otherwise what speaks against it. */
type Doubt = string | undefined;

export class DeadMembers {
  readonly #recovery: Recovery;
  /** Joined: many instances may have been on their way to one host. */
  readonly #looks = new Map<string, () => Promise<Doubt>>();
  readonly #powers = new Map<string, PowerCheck>();

  constructor(recovery: Recovery) {
    this.#recovery = recovery;
  }

  /** Throws while its power or its cell cannot be read. */
  async find(host: HostName): Promise<MemberView> {
    const { journal, ports } = this.#recovery;
    const { incidents, returns, segments } = ports.stores;
    const page = await returns.list({ filter: { hostName: host, isOpen: true }, limit: 1 });
    const record = page.kind === 'page' ? page.rows[0] : undefined;
    if (record === undefined) {
      const isKnown = (await segments.findHost(host)) !== undefined;
      const advice = isKnown
        ? 'report its failure so that it is confirmed dead'
        : 'it is in no segment, so nobody can confirm it dead: add it and report its failure';
      return unknown(`${host} is not confirmed dead; ${advice}`);
    }
    if (record.state !== ReturnState.waiting) {
      return unknown(`${host} reports to Nova again since its failure`);
    }
    const incident = await incidents.read(record.incidentId);
    const certificate = await readCertificate(journal, record.incidentId, incident?.retries ?? 0);
    if (incident === undefined || certificate === undefined) {
      return unknown(`nothing is kept any more of how ${host} was confirmed dead`);
    }
    const member = { host, incident: incident.id, certificate };
    const doubt = await this.doubt(member);
    return doubt === undefined ? { kind: 'dead', member } : unknown(doubt);
  }

  /** What speaks against its death now. Throws while its power or its cell cannot be read. */
  async doubt(member: DeadMember): Promise<Doubt> {
    const key = keyOf(member);
    const known = this.#looks.get(key);
    if (known !== undefined) return await known();
    const look = sharedRead(() => this.#look(member));
    this.#looks.set(key, look);
    return await look();
  }

  /** Its power is read at every look: it cannot come back unseen between two of them. */
  isWatched(member: DeadMember): boolean {
    return this.#powers.get(keyOf(member))?.isWatched === true;
  }

  async #look(member: DeadMember): Promise<Doubt> {
    const { certificate, host } = member;
    const { incidents } = this.#recovery.ports.stores;
    const incident = await incidents.read(member.incident);
    if (incident === undefined) return `the incident of ${host} is gone`;
    const its: Recovery = { ...this.#recovery, incident };
    const power = this.#powers.get(keyOf(member)) ?? new PowerCheck(its, certificate.confirmation);
    this.#powers.set(keyOf(member), power);
    const powered = await power.check();
    if (powered.kind !== 'holds') return powered.reason;
    const view = await readService(its);
    if (view === undefined) return `${host} left Nova`;
    if (view.uuid !== certificate.serviceUuid) return `${host} has registered anew in Nova`;
    if (!view.forcedDown) return `${host} is not forced down any more`;
    if (view.updatedAt !== certificate.stamp) {
      return `the service of ${host} moved in Nova after it was confirmed dead`;
    }
    const { lastSignOfLife } = await readEvidenceOrder(its);
    return isConfirmationValid(certificate.confirmation, lastSignOfLife?.id)
      ? undefined
      : `${host} showed a sign of life after it was confirmed dead`;
  }
}

const unknown = (reason: string): MemberView => ({ kind: 'unknown', reason });

const keyOf = ({ host, incident, certificate }: DeadMember): string =>
  `${host} ${incident} ${certificate.stamp}`;
