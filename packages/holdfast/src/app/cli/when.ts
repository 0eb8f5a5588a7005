// Times as people type them: an age (`15m`, `2h`, `3d`), a day, a time of today, or both with or without a zone.
import { usage } from './errors.ts';

const UNITS: { readonly [unit: string]: number } = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds since the epoch; local time where no zone is given. `end`: a day or minute means its last moment. Throws `usage`. */
export function readWhen(flag: string, given: string, now: number, end = false): number {
  const age = /^(\d{1,9})([smhdw])$/.exec(given);
  if (age !== null) return now - Number(age[1]) * (UNITS[age[2]!] ?? 0);
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(given);
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(given);
  const at =
    clock !== null
      ? new Date(now).setHours(Number(clock[1]), Number(clock[2]), Number(clock[3] ?? (end ? 59 : 0)), end ? 999 : 0)
      : day !== null
        ? new Date(Number(day[1]), Number(day[2]) - 1, Number(day[3]) + (end ? 1 : 0)).getTime() - (end ? 1 : 0)
        : Date.parse(given);
  const wrongDay =
    day !== null && Number(day[2]) - 1 !== new Date(Number(day[1]), Number(day[2]) - 1, Number(day[3])).getMonth();
  const wrong = clock !== null && (Number(clock[1]) > 23 || Number(clock[2]) > 59 || Number(clock[3] ?? 0) > 59);
  if (!Number.isFinite(at) || wrongDay || wrong)
    throw usage(
      `--${flag} does not understand \`${given.slice(0, 40)}\``,
      'for example 15m, 3d, 14:30, 2026-11-25 or 2026-11-25T14:30:00Z',
    );
  return at;
}
