/** A progress bar for a terminal: how much is done, how fast, and how long it will take. */
import type { Context } from './context.ts';

export interface Progress {
  /** What is read now, for a person. */
  label: string;
  /** In the same unit as `total`. */
  done: number;
  total: number;
  mails: number;
  /** Since the beginning, in milliseconds. */
  elapsedMs: number;
}

const width = 24;

function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown
    .map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, '0')))
    .join(':');
}

/** The bar as one line of text. */
export function progressLine({ label, done, total, mails, elapsedMs }: Progress): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * width);
  const seconds = elapsedMs / 1000;
  const rate = seconds === 0 ? 0 : Math.round(mails / seconds);
  const left = share === 0 ? '' : `, ${clockOf((seconds * (1 - share)) / share)} left`;
  const bar = `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${bar} ${percent} %  ${mails.toLocaleString('en-GB')} mails, ${rate.toLocaleString('en-GB')}/s${left}  ${label}`;
}

/** So often at most, in milliseconds. */
const every = 200;

/**
 * Shows progress on standard error while somebody looks at it.
 *
 * @returns what shows it, and what takes it away again.
 */
export function openProgressBar({ err }: Context) {
  let shownAt = 0;
  return {
    show(progress: Progress): void {
      const now = Date.now();
      if (err.isTTY !== true || now - shownAt < every) return;
      shownAt = now;
      // To the beginning of the line, and away with what stood there (ECMA-48, CHA and EL).
      err.write(`\u001b[G\u001b[K${progressLine(progress)}`);
    },
    clear(): void {
      if (err.isTTY === true && shownAt > 0) err.write('\u001b[G\u001b[K');
    },
  };
}
