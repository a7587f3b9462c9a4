/** Runs the doctor on a project made for the test, and sums up what it found. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Finding } from '../../src/commands/findings.ts';
import { freePorts } from '../support/free-port.ts';
import { runCommand, temporaryFolder } from './run-command.ts';

export const folders =
  'shop: {name: Shop}\nmailboxes:\n  - {name: support, address: a@b.example, folder: in, outbox: out}\n';

interface Examined {
  code: number;
  finding(name: string): Finding | undefined;
  failed: string[];
}

/** A project with a working folder mailbox; `yaml` is added to its settings. */
export function project(yaml = ''): string {
  const cwd = temporaryFolder({ 'replywright.yaml': `${folders}${yaml}` });
  mkdirSync(path.join(cwd, 'in'));
  return cwd;
}

export async function examine(cwd: string, env: Record<string, string> = {}): Promise<Examined> {
  const [port] = await freePorts(1);
  const all = { REPLYWRIGHT_PORT: String(port), ...env };
  const { code, out } = await runCommand(['doctor', '--json'], { cwd, env: all });
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: Finding[] };
  const failed = checks.filter((check) => check.state === 'failed');
  expect(ok).toBe(failed.length === 0);
  expect(code).toBe(ok ? 0 : 1);
  for (const { mend } of failed) expect(mend).toBeTruthy();
  return {
    code,
    finding: (name) => checks.find((check) => check.name === name),
    failed: failed.map(({ name, code: failure }) => `${name}: ${failure}`),
  };
}
