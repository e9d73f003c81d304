/**
 * The checks of what stands between the API and its callers: the policy file and the certificate.
 */
import type { Answer, Check } from './check.ts';
import { count } from './check.ts';

const DAY_MS = 86_400_000;
/** Time enough for whoever renews certificates by hand. */
const SOON_MS = 30 * DAY_MS;

export const checkPolicy: Check<'policy'> = {
  name: 'policy',
  needs: ['policy'],
  provides: [],
  run: async ({ policy: { path } }, { around }) => {
    const rules = await around.lookAtPolicy(path);
    if (path === undefined) return { level: 'ok', found: `${rules.length} rules, all by default` };
    const changed = rules.filter(({ from }) => from === 'file').map(({ name }) => name);
    const found = `${path} holds ${count(changed.length, 'rule')}, the others are by default`;
    return { level: 'ok', found, items: changed };
  },
};

export const checkCertificate: Check<'tls'> = {
  name: 'certificate',
  needs: ['tls'],
  provides: [],
  run: async ({ tls }, { around }) => {
    const view = await around.lookAtTls(tls);
    if (view === undefined) {
      return { level: 'ok', found: 'none: the API speaks HTTP, a proxy before it may speak TLS' };
    }
    const nowMs = around.clock.wallMs();
    const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
    if (nowMs < view.validFromMs) {
      return outOfTime(`${view.subject} counts from ${day(view.validFromMs)} only`);
    }
    if (nowMs > view.validToMs) {
      return outOfTime(`${view.subject} ended on ${day(view.validToMs)}`);
    }
    const found = `${view.subject} counts until ${day(view.validToMs)}, and the key is its own`;
    if (view.validToMs - nowMs > SOON_MS) return { level: 'ok', found };
    return { level: 'warning', found, advice: 'Renew it; a running serve takes the new one up.' };
  },
};

const outOfTime = (found: string): Answer => ({
  level: 'problem',
  found,
  advice: 'Renew it, or look at the clock of this machine: callers refuse it.',
});
