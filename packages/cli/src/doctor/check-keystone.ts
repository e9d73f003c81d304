/** The checks of the way into the cloud: Keystone, our credentials, our rights, the clocks. */
import { type HostName, OperationalError } from '@medevac/kernel';
import type { Call } from '@medevac/openstack';
import type { Answer, Check } from './check.ts';
import type { CloudUnderTest } from './surroundings.ts';

/** The header counts whole seconds and the way there takes time: less says nothing. */
const CLOCKS_APART_MS = 5_000;

export const checkKeystone: Check<'cloud'> = {
  name: 'keystone',
  needs: ['cloud'],
  provides: ['greeting'],
  run: async ({ cloud }, { call }) => {
    const greeting = await cloud.greetKeystone(call);
    const { authUrl, tls } = cloud.config;
    const found = `${authUrl} answers as ${greeting.version}`;
    const facts = { greeting };
    if (!authUrl.startsWith('https:')) {
      return { level: 'ok', found: `${found}, without encryption`, facts };
    }
    if (tls.insecure) {
      const advice = 'Remove insecure or verify, and name the CA with cacert.';
      return { level: 'warning', found: `${found}, its certificate is not checked`, advice, facts };
    }
    return { level: 'ok', found: `${found}, its certificate is valid`, facts };
  },
};

export const checkCredentials: Check<'cloud' | 'greeting'> = {
  name: 'credentials',
  needs: ['cloud', 'greeting'],
  provides: ['session'],
  run: async ({ cloud }, { call }) => {
    await cloud.authenticate(call);
    return { level: 'ok', found: 'Keystone takes them', facts: { session: cloud } };
  },
};

/** The `Date` of an answer, or where a server sends none, the stamp of the token it gave us. */
export const checkClock: Check<'greeting' | 'session'> = {
  name: 'clock',
  needs: ['greeting', 'session'],
  provides: [],
  run: async ({ greeting, session }, { around, call }) => {
    const apartMs =
      greeting.dateMs === undefined
        ? around.clock.wallMs() - (await session.keystoneNowMs(call))
        : greeting.ourWallMs - greeting.dateMs;
    if (Math.abs(apartMs) <= CLOCKS_APART_MS) {
      return { level: 'ok', found: `within ${CLOCKS_APART_MS / 1000} s of Keystone's` };
    }
    const seconds = `${Math.round(Math.abs(apartMs) / 1000)} s`;
    return {
      level: 'warning',
      found: `this machine is ${seconds} ${apartMs > 0 ? 'ahead of' : 'behind'} Keystone`,
      advice: 'Medevac compares no clocks, but logs will mislead you: look at NTP on both.',
    };
  },
};

/** A host that no cloud has: the answer is empty, and only the rights decide whether it is one. */
const NO_HOST = 'medevac-doctor-no-such-host' as HostName;

/**
 * Tries the reads that a recovery needs. That other users' tokens may be validated cannot be tried
 * with a token of our own, which everybody may ask about: the roles are the sign of it.
 */
export const checkRights: Check<'session' | 'compute'> = {
  name: 'rights',
  needs: ['session', 'compute'],
  provides: [],
  run: async ({ session }, { call }) => {
    const identity = await session.identify(call);
    if (identity === undefined) {
      const advice = 'Look at the token provider of Keystone and its key repository.';
      return { level: 'problem', found: 'Keystone does not know the token it just gave', advice };
    }
    const refused = await refusedReads(session, call);
    if (refused.length > 0) {
      return {
        level: 'problem',
        found: `user ${identity.userName} may not ${refused.join(' nor ')}`,
        advice: 'Give the user the admin role in its project, or adjust the policy of the service.',
      };
    }
    return judgeRoles(identity.userName, identity.roles);
  },
};

async function refusedReads(cloud: CloudUnderTest, call: Call): Promise<readonly string[]> {
  const reads = {
    'list compute services': () => cloud.nova.listComputeServices({ host: NO_HOST }, call),
    'list the instances of all projects': () => cloud.nova.listServers({ host: NO_HOST }, call),
  };
  const refused: string[] = [];
  for (const [what, read] of Object.entries(reads)) {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof OperationalError) || error.code !== 'cloud.forbidden') throw error;
      refused.push(what);
    }
  }
  return refused;
}

function judgeRoles(userName: string, roles: readonly string[]): Answer {
  const has = (wanted: string): boolean => roles.some((role) => role.toLowerCase() === wanted);
  const list = roles.join(', ') || 'none';
  if (has('admin')) {
    return { level: 'ok', found: `user ${userName} may read all; its roles: ${list}` };
  }
  return {
    level: 'warning',
    found: `user ${userName} may read all, but is no admin; its roles: ${list}`,
    advice:
      'Unless your policies allow it evacuate, os-services' +
      `${has('service') ? '' : ' and the validation of tokens'}, give it the admin role.`,
  };
}
