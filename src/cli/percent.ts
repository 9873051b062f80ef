// A share in percent, as typed.

import { usageError } from '../model/errors.js';

/** The number from 0 to 100 that `text` spells, with or without `%`; a usage error naming `option` for anything else. */
export function percentOf(option: string, text: string): number {
  const value = /^\d+(?:\.\d+)?\s*%?$/.test(text.trim()) ? Number.parseFloat(text) : Number.NaN;
  if (!(value >= 0 && value <= 100)) throw usageError(`--${option} must be a percentage from 0 to 100, not '${text}'.`);
  return value;
}
