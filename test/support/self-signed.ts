/** Makes a self-signed certificate for localhost with openssl, for the test servers that speak TLS. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Writes a key and a certificate (CN localhost, also valid for 127.0.0.1, 30 days). @throws Error without openssl */
export async function writeSelfSigned(keyFile: string, certificateFile: string): Promise<void> {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    keyFile,
  ];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await run('openssl', ['req', '-x509', ...key, '-days', '30', ...names, '-out', certificateFile]);
}

/** A key and a certificate as PEM text. */
export async function makeSelfSigned(): Promise<{ key: string; cert: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'rw-tls-'));
  try {
    const keyFile = path.join(folder, 'tls.key');
    const certificateFile = path.join(folder, 'tls.crt');
    await writeSelfSigned(keyFile, certificateFile);
    return { key: await readFile(keyFile, 'utf8'), cert: await readFile(certificateFile, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
