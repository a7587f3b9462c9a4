/** The schema of a mailbox's business hours, as a person writes them and as the program counts. */
import * as z from 'zod';
import type { BusinessHours, Span } from '../domain/business-hours.ts';

const dayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

const clockTime = /^([01]\d|2[0-4]):([0-5]\d)$/;

/** Minutes of the day; null for what is no time. */
function minutesOf(time: string): number | null {
  const found = clockTime.exec(time.trim());
  if (found === null) return null;
  const minutes = Number(found[1]) * 60 + Number(found[2]);
  return minutes > 24 * 60 ? null : minutes;
}

/** The spans of a day as they are written; null when they are not well written. */
function spansOf(written: string): Span[] | null {
  const spans = written.split(',').map((span) => {
    const [from, to, ...more] = span.split('-').map(minutesOf);
    return from == null || to == null || more.length > 0 ? null : { from, to };
  });
  let end = -1;
  for (const span of spans) {
    // The end of one may be the beginning of the next, but no day goes on into the night after it.
    if (span === null || span.from < end || span.to <= span.from) return null;
    end = span.to;
  }
  return spans.filter((span) => span !== null);
}

const day = z
  .string()
  .refine((written) => spansOf(written) !== null, {
    error:
      'expected times in their order such as 09:00-17:00, or 09:00-12:00, 13:00-17:00; a night is written as two days, 22:00-24:00 and 00:00-06:00',
  })
  .nullable();

const workday = day.default('09:00-17:00');
const freeDay = day.default(null);

/** A date as ISO 8601 has it, which is in the calendar. */
const date = z.string().refine(
  (written) => {
    const ms = Date.parse(`${written}T00:00:00Z`);
    return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === written;
  },
  { error: 'expected a date such as 2026-12-25' },
);

/** The group `businessHours` of a mailbox. */
export const businessHoursSchema = z
  .strictObject({
    monday: workday.meta({
      description:
        "When replies may leave on a Monday: `from-to` in the mailbox's time zone, several with commas; `null`: not at all.",
    }),
    tuesday: workday.meta({ description: 'The same for Tuesday.' }),
    wednesday: workday.meta({ description: 'The same for Wednesday.' }),
    thursday: workday.meta({ description: 'The same for Thursday.' }),
    friday: workday.meta({ description: 'The same for Friday.' }),
    saturday: freeDay.meta({ description: 'The same for Saturday.' }),
    sunday: freeDay.meta({ description: 'The same for Sunday.' }),
    holidays: z
      .array(date)
      .max(1_000)
      .default([])
      .meta({ description: 'Dates on which nobody works.', example: ['2026-12-25', '2027-01-01'] }),
  })
  .refine((hours) => dayNames.some((name) => hours[name as keyof typeof hours] !== null), {
    error: 'no day is open; leave `businessHours` out where replies may leave at any time',
  });

/** Business hours as the program counts with them. */
export function businessHoursOf(written: z.infer<typeof businessHoursSchema>): BusinessHours {
  const days = dayNames.map((name) => {
    const open = written[name as Exclude<keyof typeof written, 'holidays'>];
    return open === null ? [] : (spansOf(open) ?? []);
  });
  return { days, holidays: written.holidays };
}
