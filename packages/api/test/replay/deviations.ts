/**
 * The recorded answers that Medevac gives differently on purpose, each with its reason. Everything
 * that is not listed here must be the same.
 */
import type { Capture } from './capture.ts';

type Answer = Pick<Capture['answer'], 'status' | 'body'>;

export interface Deviation {
  readonly why: string;
  /** What Medevac answers, out of what was recorded. */
  readonly instead: (recorded: Answer, readBody: (name: string) => unknown) => Answer;
}

interface Listed {
  readonly segments: readonly { readonly service_type: string }[];
}
interface Detailed {
  readonly notification: {
    readonly recovery_workflow_details: readonly { readonly state: string }[];
  };
}

const readAtAll: Deviation['instead'] = (_recorded, readBody) => ({
  status: 200,
  body: readBody('segment-list'),
});

export const DEVIATIONS: Readonly<Record<string, Deviation>> = {
  'microversion-1.3': {
    why: 'Masakari 14 ends at 1.2; 1.3 is served here, as by newer releases',
    instead: readAtAll,
  },
  'microversion-latest': {
    why: 'the latest version is 1.3 here and 1.2 in Masakari 14; the header tells which',
    instead: (recorded) => recorded,
  },
  'versions-v1-notoken': {
    why: 'clients read the version document before they have a token; none is needed here',
    instead: (_recorded, readBody) => ({ status: 200, body: readBody('versions-v1') }),
  },
  'extensions-list': {
    why: 'vmoves came after the recorded release',
    instead: ({ status, body }) => {
      const { extensions } = body as { readonly extensions: readonly object[] };
      const vmoves = { name: 'vmoves', alias: 'vmoves', description: 'vmoves controller' };
      const more = { namespace: '', updated: '', links: [] };
      return { status, body: { extensions: [...extensions, { ...vmoves, ...more }] } };
    },
  },
  'vmoves-list': {
    why: 'vmoves came after the recorded release; this notification is about an instance',
    instead: () => {
      const notification = 'd7163156-966c-43c0-8638-68dfe0fac341';
      const message = `This notification ${notification} without vm moves.`;
      return { status: 400, body: { badRequest: { code: 400, message } } };
    },
  },
  'segment-list-filter-service-type': {
    why: 'filters compare exactly; only the collation of MariaDB made COMPUTE match compute',
    instead: ({ status, body }) => {
      const { segments } = body as Listed;
      return {
        status,
        body: { segments: segments.filter((one) => one.service_type === 'COMPUTE') },
      };
    },
  },
  'segment-list-marker': {
    why: 'a UUID is taken as a marker too, beside the number that Masakari demands',
    instead: (_recorded, readBody) => ({
      status: 200,
      body: readBody('segment-list-marker-number'),
    }),
  },
  'notification-show-vm-not-ha': {
    why: 'a step is told as done, running or failed; Masakari calls this one reverted',
    instead: ({ status, body }) => {
      const { notification } = body as Detailed;
      const details = notification.recovery_workflow_details;
      const told = details.map((one) => ({ ...one, state: 'SUCCESS' }));
      return {
        status,
        body: { notification: { ...notification, recovery_workflow_details: told } },
      };
    },
  },
};

/** Files that hold no exchange to be replayed. */
export const NOT_REPLAYED: Readonly<Record<string, string>> = {
  'stock-debian12-segment-create-500':
    'an answer without its request: how Debian 12 fails as installed, before it was repaired',
};
