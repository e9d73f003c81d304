/**
 * The demo's own use of Medevac: what an operator and a monitor would send through the v1 API, with
 * the address taken from the cloud's catalogue and the client that everything else uses.
 */
import { type Clock, type Json, type Random, silentLog } from '@medevac/kernel';
import { EndpointClient, loadCloud, openCloud } from '@medevac/openstack';

export interface NotificationView {
  readonly status: string;
  readonly message: string | null;
  readonly steps: readonly StepLine[];
}

/** One line of the timeline that Medevac keeps about a recovery. */
export interface StepLine {
  readonly step: string;
  readonly message: string;
}

export interface DemoClient {
  createSegment(name: string, recoveryMethod: string): Promise<string>;
  addHost(segmentUuid: string, host: string, isReserved: boolean): Promise<void>;
  /** A monitor's report that the host has failed and is off; answers the notification's UUID. */
  reportFailure(host: string): Promise<string>;
  readNotification(uuid: string): Promise<NotificationView>;
  close(): Promise<void>;
}

interface DetailBody {
  readonly name: string;
  readonly progress_details: readonly { readonly message: string }[];
}

interface NotificationBody {
  readonly status: string;
  readonly message: string | null;
  readonly recovery_workflow_details: readonly DetailBody[];
}

const MICROVERSION = '1.3';
const CALL = { deadlineMs: 10_000 };
const SUCCESS = [200, 201, 202];

/** `environment` holds the `OS_` variables of an account; no file is read. */
export async function openDemoClient(
  environment: Readonly<Record<string, string>>,
  parts: { readonly clock: Clock; readonly random: Random },
): Promise<DemoClient> {
  const config = await loadCloud({
    env: environment,
    homeDir: '/',
    cwd: '/',
    readFile: async () => undefined,
  });
  const { clock } = parts;
  const cloud = openCloud(config, { ...parts, log: silentLog });
  const endpoint = new EndpointClient({
    session: cloud.session,
    clock,
    serviceType: 'instance-ha',
  });
  const ask = async (method: 'GET' | 'POST', path: string, body?: Json): Promise<unknown> => {
    const sent = body === undefined ? {} : { body };
    const request = { method, path, ...sent, microversion: MICROVERSION, answers: SUCCESS };
    return (await endpoint.ask(request, CALL)).body;
  };
  return {
    createSegment: async (name, recoveryMethod) => {
      const segment = { name, recovery_method: recoveryMethod, service_type: 'COMPUTE' };
      const answer = await ask('POST', '/segments', { segment });
      return (answer as { readonly segment: { readonly uuid: string } }).segment.uuid;
    },
    addHost: async (segmentUuid, name, isReserved) => {
      const host = { name, type: 'COMPUTE', control_attributes: 'SSH', reserved: isReserved };
      await ask('POST', `/segments/${segmentUuid}/hosts`, { host });
    },
    reportFailure: async (hostname) => {
      const notification = {
        type: 'COMPUTE_HOST',
        hostname,
        generated_time: new Date(clock.wallMs()).toISOString(),
        payload: { event: 'STOPPED', cluster_status: 'OFFLINE', host_status: 'NORMAL' },
      };
      const answer = await ask('POST', '/notifications', { notification });
      type Created = { readonly notification: { readonly notification_uuid: string } };
      return (answer as Created).notification.notification_uuid;
    },
    readNotification: async (uuid) => {
      const answer = await ask('GET', `/notifications/${uuid}`);
      return viewOf((answer as { readonly notification: NotificationBody }).notification);
    },
    close: () => cloud.close(),
  };
}

function viewOf(body: NotificationBody): NotificationView {
  const steps = body.recovery_workflow_details.flatMap(({ name, progress_details: lines }) =>
    lines.map(({ message }) => ({ step: name, message })),
  );
  return { status: body.status, message: body.message, steps };
}
