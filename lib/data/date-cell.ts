/**
 * A date in a field: days since 1970-01-01, the time of day as a fraction. A time without a zone is taken for UTC, so that
 * no result depends on where a program runs.
 *
 * Year first is ISO 8601 (`2024-01-31`, `2024/01/31`, `2024-01-31T12:00:00.5+02:00`, a blank for the T) and is read as it
 * stands. Whether `01/02/2024` begins with the day or the month is nothing a file says: it is read only when told.
 */

/** Which comes first where the year comes last: day, month, year or month, day, year. */
export type DateOrder = 'dmy' | 'mdy';
export const dateOrders = ['dmy', 'mdy'] as const satisfies readonly DateOrder[];

const DAY = 86_400_000;
const TIME = '(?:(?:T|t| +)(\\d{2}):(\\d{2})(?::(\\d{2})([.,]\\d{1,9})?)? ?(Z|z|[+-]\\d{2}(?::?\\d{2})?)?)?';
const yearFirst = new RegExp(`^(\\d{4})([-/])(\\d{1,2})\\2(\\d{1,2})${TIME}$`);
const yearLast = new RegExp(`^(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4})${TIME}$`);
const LONGEST = 64;

/** Whether it is written as a date, of whatever order; `2024-13-45` is, and will be refused. */
export function looksLikeDate(text: string): boolean {
  return text.length <= LONGEST && (yearFirst.test(text) || yearLast.test(text));
}

/** Whether nothing in it says where the day stands. */
export function isUndecidedDate(text: string): boolean {
  return text.length <= LONGEST && yearLast.test(text);
}

/** The parser of an order; NaN for what is no date, or none of the calendar (Gregorian, also before 1582). */
export function dateParser(order?: DateOrder): (text: string) => number {
  return (text) => {
    if (text.length > LONGEST) return NaN;
    const iso = yearFirst.exec(text);
    if (iso) return daysOf(iso[1]!, iso[3]!, iso[4]!, iso);
    const found = order === undefined ? null : yearLast.exec(text);
    if (!found) return NaN;
    return order === 'dmy' ? daysOf(found[4]!, found[3]!, found[1]!, found) : daysOf(found[4]!, found[1]!, found[3]!, found);
  };
}

/** As {@link dateParser} reads the text of a date: for a summary. */
export function isoDate(days: number): string {
  const date = new Date(Math.round(days * DAY));
  return Number.isNaN(date.getTime()) ? String(days) : date.toISOString().replace(/T00:00:00\.000Z$/, '');
}

function daysOf(year: string, month: string, day: string, found: RegExpExecArray): number {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  // What the calendar does not have, it carries over: 2023-02-30 becomes 2023-03-02.
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return NaN;
  const [hours = 0, minutes = 0, seconds = 0] = found.slice(5, 8).map((part) => Number(part ?? 0));
  if (hours > 23 || minutes > 59 || seconds > 59) return NaN;
  const fraction = Number((found[8] ?? '0').replace(',', '.'));
  const offset = minutesOf(found[9]);
  return (date.getTime() + ((hours * 60 + minutes - offset) * 60 + seconds) * 1000 + fraction * 1000) / DAY;
}

function minutesOf(zone: string | undefined): number {
  if (zone === undefined || /^z$/i.test(zone)) return 0;
  const digits = zone.replace(/\D/g, '').padEnd(4, '0');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return zone.startsWith('-') ? -minutes : minutes;
}
