/** Runs the doctor's checks side by side, each with a limit on its time, and collects what they find. */
import { asReplywrightError, ReplywrightError } from '../domain/errors.ts';

/** What one check found. `open` is neither right nor wrong, such as a database that is not running. */
export interface Finding {
  name: string;
  state: 'ok' | 'failed' | 'open';
  fact: string;
  /** How to mend it, or what to do about it; null when there is nothing to do. */
  mend: string | null;
  /** The code of the failure; null when there is none. */
  code: string | null;
}

/** A fact that is neither right nor wrong. */
export interface Open {
  open: string;
  /** What to do about it; nothing when left out. */
  mend?: string;
}

export interface Check {
  name: string;
  /** Returns the fact to tell, or throws from the catalogue. */
  run(signal: AbortSignal): Promise<string | Open>;
}

/** A failure as a finding. */
export function findingOf(name: string, error: ReplywrightError): Finding {
  return { name, state: 'failed', fact: error.message, mend: error.mend, code: error.code };
}

async function runOne({ name, run }: Check, seconds: number): Promise<Finding> {
  const abort = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new ReplywrightError('check_timeout', { name, seconds }));
    abort.abort();
  }, seconds * 1000);
  try {
    const found = await Promise.race([run(abort.signal), late.promise]);
    if (typeof found === 'string')
      return { name, state: 'ok', fact: found, mend: null, code: null };
    return { name, state: 'open', fact: found.open, mend: found.mend ?? null, code: null };
  } catch (error) {
    return findingOf(name, asReplywrightError(error));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs all checks at once; the findings keep the order of the checks.
 *
 * @param seconds the most time one check may take before it counts as failed.
 */
export async function runChecks(checks: readonly Check[], seconds: number): Promise<Finding[]> {
  return await Promise.all(checks.map((check) => runOne(check, seconds)));
}
