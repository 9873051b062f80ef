// Durations as people write them (`168h`, `30d`, `2w`, `90 days`) to milliseconds. A number without a unit is refused: `--grace 7`
// could mean days or milliseconds, and the second deletes what the first keeps.

import ms from 'ms';
import { usageError } from '../model/errors.js';

/**
 * Milliseconds that `text` spells. `option` names the option in the usage error that anything else throws.
 */
export function durationMs(option: string, text: string): number {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  const value = /^\d+(?:\.\d+)?\s*[a-z]+$/i.test(trimmed) ? ms(trimmed as ms.StringValue) : undefined;
  if (value === undefined || !Number.isFinite(value)) {
    throw usageError(`--${option} '${text}' is not a duration.`, 'Use a number and a unit: 30m, 168h, 30d, 2w, 1y.');
  }
  return value;
}
