/** The checks of the services in the catalogue: their addresses, their dialects, and our own. */
import { LIMITS, OperationalError } from '@medevac/kernel';
import { missingVersions, REQUIRED_VERSIONS, type VersionRange } from '@medevac/openstack';
import type { ListenAddress } from '../settings/settings-table.ts';
import type { Answer, Check } from './check.ts';
import { answerOf } from './examine.ts';

const describe = ({ endpoint, lowest, highest }: VersionRange): string =>
  `${endpoint} answers, microversions ${lowest} to ${highest}`;

export const checkCompute: Check<'session'> = {
  name: 'compute-endpoint',
  needs: ['session'],
  provides: ['compute'],
  run: async ({ session }, { call }) => {
    const compute = await session.versions('compute', call);
    return { level: 'ok', found: describe(compute), facts: { compute } };
  },
};

export const checkPlacement: Check<'session'> = {
  name: 'placement-endpoint',
  needs: ['session'],
  provides: ['placement'],
  run: async ({ session }, { call }) => {
    const placement = await session.versions('placement', call);
    return { level: 'ok', found: describe(placement), facts: { placement } };
  },
};

export const checkComputeVersions: Check<'compute'> = {
  name: 'compute-microversions',
  needs: ['compute'],
  provides: [],
  run: async ({ compute }) => judgeVersions('compute', compute),
};

export const checkPlacementVersions: Check<'placement' | 'session'> = {
  name: 'placement-microversions',
  needs: ['placement', 'session'],
  provides: [],
  run: async ({ placement, session }, { call }) => {
    const judged = judgeVersions('placement', placement);
    if (judged.level !== 'ok') return judged;
    await session.readAllocations(call);
    return { ...judged, found: `${judged.found}; allocations can be read` };
  },
};

function judgeVersions(service: 'compute' | 'placement', range: VersionRange): Answer {
  const required = REQUIRED_VERSIONS[service];
  const lacking = missingVersions(required, range).map(
    ({ call, version }) => `${call} needs ${version}`,
  );
  if (lacking.length === 0) {
    return { level: 'ok', found: `every one of our calls is covered (${required.length})` };
  }
  return {
    level: 'problem',
    found: `offered are ${range.lowest} to ${range.highest}, but ${lacking.join(', ')}`,
    advice: 'Medevac needs a cloud of release Train or newer.',
    items: lacking,
  };
}

const REGISTER =
  'Register it with openstack service create and openstack endpoint create (see the README).';

export const checkInstanceHa: Check<'session' | 'listen'> = {
  name: 'instance-ha',
  needs: ['session', 'listen'],
  provides: [],
  run: async ({ session, listen }, { call }) => {
    const deadlineMs = Math.min(call.deadlineMs, LIMITS.cloudRequestMs) / 2;
    try {
      const range = await session.versions('instance-ha', { ...call, deadlineMs });
      return judgeAddress(range, listen);
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      const isMissing = error.code === 'cloud.endpoint_missing';
      const advice = isMissing
        ? REGISTER
        : 'Start medevac serve, or correct the endpoint with openstack endpoint set.';
      return { level: 'warning', found: answerOf(error).found, advice };
    }
  },
};

/** Masakari answers in the same words, so that only the address can tell the two apart. */
function judgeAddress(range: VersionRange, listen: ListenAddress): Answer {
  const url = new URL(range.endpoint);
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const isAnyHost = ['0.0.0.0', '::'].includes(listen.host);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isHere = port === listen.port && (isAnyHost || host === listen.host);
  const found = `${describe(range)} as Medevac does`;
  if (isHere) return { level: 'ok', found };
  const shown = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return {
    level: 'warning',
    found: `${found}, but it is not the ${shown}:${listen.port} of --listen`,
    advice: 'Right when a proxy stands between; otherwise Masakari or another Medevac is there.',
  };
}
