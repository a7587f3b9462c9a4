/** When a reply goes out, as pages offer and say it: in the mailbox's time zone, with its name. */

import { isWithin, type Leaving, type LeavingRules, nextWithin } from '../domain/business-hours.ts';
import { momentOf, writtenAt } from '../domain/zoned-time.ts';
import { zonedMoment } from './wording.ts';

/** A reply that leaves sooner is counted down instead of being named by its moment. */
const countdownMs = 60_000;

/** True when a held reply waits for a chosen moment that is more than a minute away. */
export function isPlanned(
  { leaves, holdUntil }: { leaves: Leaving; holdUntil: Date },
  now: Date,
): boolean {
  return leaves !== 'at_once' && holdUntil.getTime() - now.getTime() > countdownMs;
}

/** What stands in the field for a time before somebody has typed one: the next working morning. */
function proposed({ timeZone, hours }: LeavingRules, now: Date): string {
  const tomorrow = writtenAt(new Date(now.getTime() + 86_400_000), timeZone).slice(0, 10);
  const midnight = momentOf(`${tomorrow}T00:00`, timeZone);
  if (hours === null || midnight === null) return `${tomorrow}T09:00`;
  return writtenAt(nextWithin(midnight, hours, timeZone), timeZone);
}

/**
 * The choices of when a reply goes out.
 *
 * @param chosen what is planned already; null leaves it to the mailbox's rule.
 */
export function leavingView(
  rules: LeavingRules,
  chosen: { leaves: Leaving; holdUntil: Date } | null,
  now: Date,
) {
  const { timeZone, hours } = rules;
  const leaves = chosen?.leaves ?? rules.approved;
  const choices: { leaves: Leaving; label: string }[] = [{ leaves: 'at_once', label: 'At once' }];
  if (hours !== null) {
    const open = isWithin(now, hours, timeZone);
    const next = open ? 'now' : zonedMoment(nextWithin(now, hours, timeZone), timeZone, now);
    choices.push({ leaves: 'business_hours', label: `In business hours: ${next}` });
  }
  choices.push({ leaves: 'at_time', label: 'At a time' });
  return {
    timeZone,
    choices: choices.map((choice) => ({ ...choice, chosen: choice.leaves === leaves })),
    words:
      chosen === null
        ? (choices.find((choice) => choice.leaves === leaves)?.label ?? 'At once')
        : zonedMoment(chosen.holdUntil, timeZone, now),
    at: chosen?.leaves === 'at_time' ? writtenAt(chosen.holdUntil, timeZone) : proposed(rules, now),
    least: writtenAt(now, timeZone),
  };
}
