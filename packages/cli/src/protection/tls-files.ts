/** The certificate of the API out of its files, checked before it is used and when it changes. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type TlsMaterial, TlsServers } from '@medevac/api';
import { type Clock, type Log, messageOf, OperationalError } from '@medevac/kernel';
import { CLI_ERRORS } from '../errors.ts';
import type { ServeSettings } from '../settings/settings-table.ts';
import { readTexts, watchFiles } from './watch-files.ts';

export type TlsSettings = Pick<ServeSettings, 'tlsCertificate' | 'tlsKey' | 'tlsClientCa'>;

export interface OpenedTls {
  /** Absent: plain HTTP. */
  readonly tls?: TlsServers;
  /** Ends the watch of the files. */
  readonly close: () => void;
}

/** What is known of a certificate that can be used. */
export interface CertificateView {
  readonly subject: string;
  readonly validFromMs: number;
  readonly validToMs: number;
}

interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa: string | undefined;
}

/** Throws when one of the settings lacks the others, or when the files cannot be used. */
export async function openTls(
  settings: TlsSettings,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<OpenedTls> {
  const files = filesOf(settings);
  if (files === undefined) return { close: () => {} };
  const paths = pathsOf(files);
  const texts = await readOrRefuse(files);
  const material = materialOf(files, texts);
  warnOfTime(viewOf(files, material), clock, log);
  const tls = new TlsServers(material);
  const stop = watchFiles({
    paths,
    clock,
    log,
    texts,
    changed: (changed) => {
      const renewed = materialOf(files, changed);
      tls.renew(renewed);
      warnOfTime(viewOf(files, renewed), clock, log);
    },
  });
  return { tls, close: stop };
}

/** `undefined` without TLS; throws what `openTls` would throw. */
export async function lookAtTls(settings: TlsSettings): Promise<CertificateView | undefined> {
  const files = filesOf(settings);
  if (files === undefined) return undefined;
  return viewOf(files, materialOf(files, await readOrRefuse(files)));
}

function filesOf({ tlsCertificate, tlsKey, tlsClientCa }: TlsSettings): TlsFiles | undefined {
  if (tlsCertificate !== undefined && tlsKey !== undefined) {
    return { certificate: tlsCertificate, key: tlsKey, clientCa: tlsClientCa };
  }
  if (tlsCertificate === undefined && tlsKey === undefined && tlsClientCa === undefined) {
    return undefined;
  }
  const lacking = tlsCertificate === undefined ? '--tls-certificate' : '--tls-key';
  throw new OperationalError(
    CLI_ERRORS.settingMissing,
    `${lacking} FILE must be given: TLS needs a certificate and its key`,
  );
}

const pathsOf = ({ certificate, key, clientCa }: TlsFiles): readonly string[] =>
  clientCa === undefined ? [certificate, key] : [certificate, key, clientCa];

async function readOrRefuse(files: TlsFiles): Promise<readonly string[]> {
  try {
    return await readTexts(pathsOf(files));
  } catch (error) {
    throw unusable(messageOf(error), error);
  }
}

function materialOf(files: TlsFiles, texts: readonly string[]): TlsMaterial {
  const [certificatePem = '', keyPem = '', clientCaPem] = texts;
  const certificate = read(files.certificate, () => new X509Certificate(certificatePem));
  const key = read(files.key, () => createPrivateKey(keyPem));
  if (!certificate.checkPrivateKey(key)) {
    throw unusable(`the key in ${files.key} is not that of the certificate ${files.certificate}`);
  }
  if (clientCaPem === undefined) return { certificatePem, keyPem };
  read(files.clientCa ?? '', () => new X509Certificate(clientCaPem));
  return { certificatePem, keyPem, clientCaPem };
}

function read<T>(path: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw unusable(`${path} cannot be used: ${messageOf(error)}`, error);
  }
}

function viewOf(files: TlsFiles, { certificatePem }: TlsMaterial): CertificateView {
  const certificate = read(files.certificate, () => new X509Certificate(certificatePem));
  return {
    subject: certificate.subject.replaceAll('\n', ', '),
    validFromMs: certificate.validFromDate.getTime(),
    validToMs: certificate.validToDate.getTime(),
  };
}

/** Serving with such a certificate is better than not serving: callers that check it will tell. */
function warnOfTime(view: CertificateView, clock: Clock, log: Log): void {
  const nowMs = clock.wallMs();
  if (nowMs >= view.validFromMs && nowMs <= view.validToMs) return;
  const { subject } = view;
  const [from, to] = [view.validFromMs, view.validToMs].map((ms) => new Date(ms).toISOString());
  log.warn('tls.certificate_not_valid_now', { subject, from, to });
}

const unusable = (text: string, cause?: unknown): OperationalError =>
  new OperationalError(CLI_ERRORS.tlsUnusable, text, cause === undefined ? {} : { cause });
