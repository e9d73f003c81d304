/** A certificate of the tests' own, for the name `localhost` and nothing else. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './server-process.ts';

export interface TlsFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export function makeTlsFiles(root: string): TlsFiles {
  const certificate = join(root, 'certificate.pem');
  const key = join(root, 'key.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const out = ['-keyout', key, '-out', certificate];
  runTool('openssl', ['req', '-x509', '-nodes', '-days', '2', ...curve, ...subject, ...out]);
  // Each server runs as a user of its own; the folder is gone with the run.
  chmodSync(key, 0o644);
  return { ca: certificate, certificate, key };
}
