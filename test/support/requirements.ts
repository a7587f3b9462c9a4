/** Says which system packages some tests need, installs the missing ones where it may, and reports what was skipped. */
import { execFile, execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

export type RequirementName = 'dovecot' | 'chromium' | 'postgres';

/** What a probe found: the program to run, or why there is none. */
export type Probe = { path: string } | { path: null; reason: string };

export interface Requirement {
  readonly name: RequirementName;
  /** What the tests do with it, as the end of "needed for ...". */
  readonly why: string;
  readonly aptPackages: readonly string[];
  readonly installCommand: string;
  probe(): Probe;
}

export interface RequirementReport {
  readonly name: RequirementName;
  readonly why: string;
  readonly available: boolean;
  /** The program found, or null. */
  readonly path: string | null;
  /** Why it is not available; empty when it is. */
  readonly reason: string;
  readonly installCommand: string;
}

const run = promisify(execFile);

/** Set once the run has tried to install: test files then only look, so that an offline machine waits once. */
const PREPARED = 'REPLYWRIGHT_TEST_PREPARED';
/** `never` keeps the tests from installing anything. */
const INSTALL = 'REPLYWRIGHT_TEST_INSTALL';
/** `all` turns every skipped requirement into an error. */
const REQUIRE = 'REPLYWRIGHT_TEST_REQUIRE';

/** System folders that an ordinary user's PATH often lacks on Debian. */
const SYSTEM_FOLDERS = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
];

/**
 * Finds an executable in PATH or in the system folders.
 * @returns its absolute path, or null
 */
function findProgram(...names: readonly string[]): string | null {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...SYSTEM_FOLDERS];
  for (const name of names) {
    for (const folder of folders) {
      if (folder === '') continue;
      const candidate = path.join(folder, name);
      if (isExecutable(candidate)) return candidate;
    }
  }
  return null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function probeDovecot(): Probe {
  const file = findProgram('dovecot');
  if (file === null) return { path: null, reason: 'no `dovecot` in PATH or /usr/sbin' };
  const version = execFileSync(file, ['--version'], { encoding: 'utf8' }).trim();
  // Dovecot 2.4 has another configuration language; our configuration is written and measured for 2.3.
  if (!version.startsWith('2.3.'))
    return { path: null, reason: `Dovecot ${version} found, the tests know 2.3` };
  // Debian splits the protocols into packages: the master program alone does not serve IMAP.
  const helpers = ['/usr/lib/dovecot', '/usr/libexec/dovecot', '/usr/local/libexec/dovecot'];
  const complete = helpers.some((folder) =>
    ['imap', 'lmtp'].every((name) => existsSync(path.join(folder, name))),
  );
  return complete ? { path: file } : { path: null, reason: 'Dovecot lacks its imap or lmtp part' };
}

function probeChromium(): Probe {
  const file = findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
  return file === null
    ? { path: null, reason: 'no `chromium` or `google-chrome` in PATH' }
    : { path: file };
}

/** Debian keeps the server programs out of PATH, one folder a major version: the newest is taken. */
function probePostgres(): Probe {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root)
    ? readdirSync(root).sort((left, right) => Number(right) - Number(left))
    : [];
  for (const version of versions) {
    const folder = path.join(root, version, 'bin');
    if (isExecutable(path.join(folder, 'initdb')) && isExecutable(path.join(folder, 'postgres')))
      return { path: folder };
  }
  const initdb = findProgram('initdb');
  if (initdb !== null && isExecutable(path.join(path.dirname(initdb), 'postgres')))
    return { path: path.dirname(initdb) };
  return {
    path: null,
    reason: 'no PostgreSQL server programs (initdb, postgres) in /usr/lib/postgresql/*/bin or PATH',
  };
}

function requirementOf(
  name: RequirementName,
  why: string,
  aptPackages: readonly string[],
  probe: () => Probe,
): Requirement {
  const installCommand = `apt-get update && apt-get install -y --no-install-recommends ${aptPackages.join(' ')}`;
  return { name, why, aptPackages, installCommand, probe };
}

/** Every system package that a test may need. */
export const requirements: readonly Requirement[] = [
  requirementOf(
    'dovecot',
    'IMAP tests against a real server',
    ['dovecot-imapd', 'dovecot-lmtpd'],
    probeDovecot,
  ),
  // The font is the smallest in Debian that covers Chinese, Japanese and Korean.
  requirementOf(
    'chromium',
    'browser tests of the desk',
    ['chromium', 'fonts-wqy-microhei'],
    probeChromium,
  ),
  requirementOf(
    'postgres',
    'tests with DATABASE_URL on an outside PostgreSQL',
    ['postgresql'],
    probePostgres,
  ),
];

function reportOf(requirement: Requirement, note = ''): RequirementReport {
  const found = requirement.probe();
  const { name, why, installCommand } = requirement;
  if (found.path !== null)
    return { name, why, installCommand, available: true, path: found.path, reason: '' };
  const reason = note === '' ? found.reason : `${found.reason}; ${note}`;
  return { name, why, installCommand, available: false, path: null, reason };
}

/** Why this process must not install packages, or null when it may. */
function whyNoInstall(): string | null {
  if (process.env[INSTALL] === 'never') return `${INSTALL}=never`;
  if (process.getuid?.() !== 0) return 'not installed here: needs root';
  if (findProgram('apt-get') === null) return 'not installed here: no apt-get';
  if (findProgram('flock') === null) return 'not installed here: no flock to guard apt-get';
  return null;
}

/**
 * Installs all packages with one `apt-get update`.
 * `flock` waits in the kernel, so parallel test processes queue without polling; whoever comes second finds it done.
 * @returns an explanation when it failed, otherwise an empty string
 */
async function install(missing: readonly Requirement[]): Promise<string> {
  const packages = missing.flatMap((requirement) => requirement.aptPackages);
  const lock = path.join(tmpdir(), 'replywright-test-install.lock');
  const script = [
    `dpkg-query -W -f='\${Status}\\n' ${packages.join(' ')} 2>/dev/null | grep -c '^install ok installed$' | grep -qx ${packages.length} && exit 0`,
    'apt-get update -q',
    `apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 ${packages.join(' ')}`,
  ].join('\n');
  console.error(`tests: installing ${packages.join(' ')} (set ${INSTALL}=never to forbid this)`);
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('flock', [lock, 'sh', '-c', script], { env, maxBuffer: 64 * 1024 * 1024 });
    return '';
  } catch (error) {
    const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    return `installation failed: ${text.trim().split('\n').at(-1) ?? ''}`;
  }
}

async function prepare(wanted: readonly Requirement[]): Promise<RequirementReport[]> {
  const missing = wanted.filter((requirement) => requirement.probe().path === null);
  if (missing.length === 0) return wanted.map((requirement) => reportOf(requirement));
  const refusal = process.env[PREPARED] === 'yes' ? '' : whyNoInstall();
  const note = refusal === null ? await install(missing) : refusal;
  return wanted.map((requirement) => reportOf(requirement, note));
}

/** The text that says what is skipped and how to get it; empty when nothing is missing. */
export function skippedText(reports: readonly RequirementReport[]): string {
  const missing = reports.filter((report) => !report.available);
  if (missing.length === 0) return '';
  const packages = requirements
    .filter((requirement) => missing.some((report) => report.name === requirement.name))
    .flatMap((requirement) => requirement.aptPackages);
  return [
    `SKIPPED: ${missing.length} of ${reports.length} system requirements are missing.`,
    ...missing.map((report) => `  ${report.name}: ${report.why} did not run (${report.reason})`),
    'To run them, as root on Debian or Ubuntu:',
    `  apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`,
  ].join('\n');
}

/**
 * Looks for every requirement and installs what is missing and may be installed; run once, from globalSetup.
 * @throws Error with the summary when `REPLYWRIGHT_TEST_REQUIRE=all` and something is missing
 */
export async function prepareRequirements(
  wanted: readonly Requirement[] = requirements,
): Promise<RequirementReport[]> {
  const reports = await prepare(wanted);
  process.env[PREPARED] = 'yes';
  const text = skippedText(reports);
  if (text !== '' && process.env[REQUIRE] === 'all') throw new Error(text);
  return reports;
}

/** Prints, at the very end of a run, what was skipped and the one command that brings it; prints nothing otherwise. */
export function printSkippedSummary(reports: readonly RequirementReport[]): void {
  const text = skippedText(reports);
  if (text !== '') process.stderr.write(`\n${text}\n`);
}

/**
 * Says whether a test may use a requirement, installing it when the run has not been prepared yet.
 * Use at the top of a test file: `describe.skipIf(!dovecot.available)(...)`.
 * @throws Error when it is missing and `REPLYWRIGHT_TEST_REQUIRE=all`
 */
export async function requirement(name: RequirementName): Promise<RequirementReport> {
  const [report] = await prepare(requirements.filter((candidate) => candidate.name === name));
  if (report === undefined) throw new Error(`unknown requirement: ${name}`);
  if (!report.available && process.env[REQUIRE] === 'all') throw new Error(skippedText([report]));
  return report;
}

/** The same for several at once: available when all of them are. */
export async function allRequirements(
  ...names: readonly RequirementName[]
): Promise<{ available: boolean }> {
  const reports = await Promise.all(names.map(requirement));
  return { available: reports.every((report) => report.available) };
}
