/** Renders docs/errors.md from the error catalogue. */
import { errorCatalogue } from '../../src/domain/errors.ts';

/** Every error with what it says. */
export function errorsPage(): string {
  const sections = Object.entries(errorCatalogue).map(([code, entry]) => {
    const again = entry.transient === true ? '\n\nIt is tried again by itself.' : '';
    const text = [entry.happened, entry.kept, entry.mend]
      .map((sentence) => sentence.replace(/\{(\w+)\}/g, '‹$1›'))
      .join('\n');
    return `## ${code}\n\n${text.split('\n').join('<br>\n')}${again}\n`;
  });
  return `<!-- Made by scripts/generate-docs.ts from src/domain/errors.ts; change it there. -->
# Errors

Every failure says three things: what happened, what was kept safe, and how to mend it. ‹These› are
filled in. In the log a failure carries its code, the heading below.

${sections.join('\n')}`;
}
