/**
 * Watches the reports of all compute hosts in Nova. It answers how long a host has been silent, by
 * our monotonic clock: since when we have seen its service's stamp unchanged. What Nova's stamps
 * say is compared with other stamps of Nova only, to learn the report interval.
 */
import { type Clock, type HostName, type Log, messageOf, sharedRead } from '@medevac/kernel';
import { type Nova, parseCloudStampMs, type ServiceView } from '@medevac/openstack';

export interface NovaWatchOptions {
  readonly nova: Nova;
  readonly clock: Clock;
  readonly log: Log;
  /** `undefined`: learned from the stamps. */
  readonly reportIntervalMs: number | undefined;
}

interface Sighting {
  view: ServiceView;
  /** Monotonic time at which this stamp was seen first; the report itself is older. */
  readonly sinceMs: number;
  /** Monotonic time at which the newest read that showed this stamp began: it proves no more. */
  untilMs: number;
  /** Whether it moved by a report while we watched: the first sight proves nothing. */
  readonly hasReported: boolean;
  /** Stamp of the newest report: a write in between moves the stamp, but not the rhythm. */
  readonly lastReportMs: number;
}

/** Nova's own default, assumed until enough reports were seen. */
const DEFAULT_INTERVAL_MS = 10_000;
/** Reports that must have been seen before their rhythm counts, and how many are remembered. */
const LEARN_FROM = 5;
const REMEMBERED = 64;
/** Of one host, so that a host with a slower rhythm is not taken for dead by that of the others. */
const LEARN_FROM_HOST = 3;
const REMEMBERED_OF_HOST = 8;
/** A longer gap is an outage and no rhythm. */
const LONGEST_GAP_MS = 60_000;
const SHORTEST_POLL_MS = 1_000;
const CALL = { deadlineMs: 20_000 } as const;

export class NovaWatch {
  readonly #options: NovaWatchOptions;
  readonly #sightings = new Map<HostName, Sighting>();
  readonly #fresh = new Map<HostName, () => Promise<ServiceView | undefined>>();
  readonly #gapsMs: number[] = [];
  readonly #gapsOfHostMs = new Map<HostName, number[]>();
  #stop: AbortController | undefined;

  constructor(options: NovaWatchOptions) {
    this.#options = options;
  }

  /**
   * Reads all services again and again until the signal of `stop`. A failing read is tried again.
   */
  start(): void {
    const stop = new AbortController();
    this.#stop = stop;
    void this.#loop(stop.signal);
  }

  stop(): void {
    this.#stop?.abort(new Error('the watch is stopping'));
  }

  /**
   * What Nova says of the host's service now: the read began after the call. `undefined`: Nova has
   * no such service. Callers at the same moment share one read.
   */
  refresh(host: HostName): Promise<ServiceView | undefined> {
    const known = this.#fresh.get(host);
    if (known !== undefined) return known();
    const read = sharedRead(async () => {
      const begunMs = this.#options.clock.monotonicMs();
      const views = await this.#options.nova.listComputeServices({ host }, CALL);
      const view = views.find((one) => one.host === host);
      if (view === undefined) this.#sightings.delete(host);
      else this.#note(view, begunMs);
      return view;
    });
    this.#fresh.set(host, read);
    return read();
  }

  /**
   * How long the host's stamp is proven unchanged: up to the beginning of the newest read that
   * showed it, because the answer of a slow read may be old. 0 when it was never seen.
   */
  silentForMs(host: HostName): number {
    const sighting = this.#sightings.get(host);
    return sighting === undefined ? 0 : Math.max(0, sighting.untilMs - sighting.sinceMs);
  }

  /**
   * Whether the host's nova-compute reports: seen to within `silenceMs`. `unclear`: it has not been
   * watched for long enough to say.
   */
  reports(host: HostName, silenceMs: number): 'yes' | 'no' | 'unclear' {
    const sighting = this.#sightings.get(host);
    const { view } = sighting ?? {};
    if (view?.kind !== 'seen' || view.forcedDown || view.state !== 'up') return 'no';
    if (this.silentForMs(host) >= silenceMs) return 'no';
    return sighting?.hasReported === true ? 'yes' : 'unclear';
  }

  /** The newest view of every host; while Nova answers, one pause between two reads old. */
  views(): readonly ServiceView[] {
    return [...this.#sightings.values()].map(({ view }) => view);
  }

  /** The newest view of the host; `undefined` when it was never seen. */
  view(host: HostName): ServiceView | undefined {
    return this.#sightings.get(host)?.view;
  }

  /**
   * Nova's report interval for the host: configured; else Nova's default, or the median of the gaps
   * seen, of all hosts or of this one, where that is longer. Watching only ever lengthens it: every
   * PUT to a service moves its stamp too and looks like a faster rhythm.
   */
  reportIntervalMs(host: HostName): number {
    if (this.#options.reportIntervalMs !== undefined) return this.#options.reportIntervalMs;
    const ofHost = this.#gapsOfHostMs.get(host) ?? [];
    const ownMs = ofHost.length < LEARN_FROM_HOST ? 0 : median(ofHost);
    const commonMs = this.#gapsMs.length < LEARN_FROM ? 0 : median(this.#gapsMs);
    return Math.max(DEFAULT_INTERVAL_MS, ownMs, commonMs);
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { nova, clock, log } = this.#options;
    while (!signal.aborted) {
      try {
        const begunMs = clock.monotonicMs();
        const views = await nova.listComputeServices({}, { ...CALL, signal });
        for (const view of views) this.#note(view, begunMs);
        this.#forgetAllBut(new Set(views.map((view) => view.host)));
      } catch (error) {
        if (signal.aborted) return;
        log.warn('nova_watch.read_failed', { error: messageOf(error) });
      }
      try {
        await clock.sleep(this.#pollMs(), signal);
      } catch {
        return;
      }
    }
  }

  /** Twice per report. */
  #pollMs(): number {
    const intervalMs = this.#options.reportIntervalMs ?? DEFAULT_INTERVAL_MS;
    return Math.max(SHORTEST_POLL_MS, intervalMs / 2);
  }

  #forgetAllBut(hosts: ReadonlySet<HostName>): void {
    for (const known of [this.#sightings, this.#fresh, this.#gapsOfHostMs]) {
      for (const host of known.keys()) if (!hosts.has(host)) known.delete(host);
    }
  }

  #note(view: ServiceView, begunMs: number): void {
    const before = this.#sightings.get(view.host);
    const sinceMs = this.#options.clock.monotonicMs();
    if (before === undefined || stampOf(before.view) !== stampOf(view)) {
      const isWritten = before !== undefined && isWrite(before.view, view);
      // Nothing is to be learned where the interval is known.
      const isLearning = this.#options.reportIntervalMs === undefined;
      const reportMs = isLearning ? stampMs(stampOf(view)) : Number.NaN;
      const lastReportMs = isWritten ? before.lastReportMs : reportMs;
      if (before !== undefined && !isWritten) {
        this.#learn(view.host, lastReportMs - before.lastReportMs);
      }
      const hasReported = isWritten ? before.hasReported : before?.view.kind === 'seen';
      const seen = { view, sinceMs, untilMs: begunMs, hasReported, lastReportMs };
      this.#sightings.set(view.host, seen);
    } else {
      before.view = view;
      before.untilMs = Math.max(before.untilMs, begunMs);
    }
  }

  #learn(host: HostName, gapMs: number): void {
    if (!(gapMs > 0) || gapMs > LONGEST_GAP_MS) return;
    remember(this.#gapsMs, gapMs, REMEMBERED);
    const ofHost = this.#gapsOfHostMs.get(host);
    if (ofHost === undefined) this.#gapsOfHostMs.set(host, [gapMs]);
    else remember(ofHost, gapMs, REMEMBERED_OF_HOST);
  }
}

/** The newest `limit` values are kept. */
function remember(valuesMs: number[], valueMs: number, limit: number): void {
  valuesMs.push(valueMs);
  if (valuesMs.length > limit) valuesMs.shift();
}

/** A stamp that moved together with a setting was moved by a write; forced down, it may be too. */
const isWrite = (before: ServiceView, after: ServiceView): boolean =>
  before.kind === 'seen' &&
  after.kind === 'seen' &&
  (after.forcedDown ||
    before.forcedDown !== after.forcedDown ||
    before.status !== after.status ||
    before.disabledReason !== after.disabledReason);

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** The stamp by which a report is told from silence; unseen services have none. */
export const stampOf = (view: ServiceView): string | null =>
  view.kind === 'seen' ? view.updatedAt : null;

const stampMs = (stamp: string | null): number =>
  (stamp === null ? undefined : parseCloudStampMs(stamp)) ?? Number.NaN;
