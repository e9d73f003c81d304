/**
 * The check of hooks: whether their programs are there and executable, and their secrets and CAs
 * readable. None is run or called: what a hook does is its owner's business.
 */
import type { Check } from './check.ts';
import { count } from './check.ts';

export const checkHooks: Check<'hooks'> = {
  name: 'hooks',
  needs: ['hooks'],
  provides: [],
  run: async ({ hooks }, { around }) => {
    if (hooks.length === 0) return { level: 'ok', found: 'none' };
    const troubles: { readonly said: string; readonly holds: boolean }[] = [];
    for (const hook of hooks) {
      const trouble = await around.troubleWithHook(hook);
      if (trouble === undefined) continue;
      troubles.push({ said: `hook ${hook.name}: ${trouble}`, holds: hook.onFailure === 'hold' });
    }
    const items = troubles.map((one) => one.said);
    if (items.length === 0) {
      return { level: 'ok', found: `${count(hooks.length, 'hook')}, nothing is in their way here` };
    }
    const holds = troubles.some((one) => one.holds);
    return {
      level: holds ? 'problem' : 'warning',
      found: items.join('; '),
      items,
      advice: holds
        ? 'Mend it before a host fails: recoveries wait for a hook that holds.'
        : 'Mend it: until then its failure is noted at every recovery.',
    };
  },
};
