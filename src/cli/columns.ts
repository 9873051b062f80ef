// How many columns a terminal has. Some report 0 (`script` without a terminal of its own, a serial line): that is not known, and
// COLUMNS may say it.

/** Below this a table and a sentence are both unreadable: such a width is taken for this one. */
const FEWEST = 20;
const MOST = 10_000;

/** Columns of `stream`; undefined where it is not a terminal, or neither it nor `COLUMNS` gives a number. */
export function columnsOf(
  stream: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>,
  environment: Readonly<Record<string, string | undefined>>,
): number | undefined {
  if (!stream.isTTY) return undefined;
  const { COLUMNS: text = '' } = environment;
  const columns = stream.columns || (/^\d{1,5}$/.test(text) ? Number(text) : 0);
  return columns > 0 && columns <= MOST ? Math.max(columns, FEWEST) : undefined;
}
