/** Tells a value that the database will never take from a database that cannot take it now. */

/** SQLSTATE classes (PostgreSQL, appendix A): 22 data exception, 54 program limit exceeded. */
const ofTheValue = /^(?:22|54)...$/;

/** True when trying the same value again is no use. */
export function refusesValue(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && ofTheValue.test(code);
}
