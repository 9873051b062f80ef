// Options that stay the same from run to run, from a YAML file: `--config-file`, else `./.regsweep.yml`. It can name commands to
// run, so a file that was only found is read if no one else may write it; what chooses a tree or says yes is not taken from it.

import type { Stats } from 'node:fs';
import { EXIT, RegsweepError, usageError } from '../model/errors.js';
import { readBounded } from './bounded-read.js';
import { isSwitch, type Option, type Options } from './option.js';
import { CARRYING_OPTIONS, GLOBAL_OPTIONS } from './options.js';

const FOUND = '.regsweep.yml';
const MAX_BYTES = 65_536;

/** Options that a file may set. */
export const SETTINGS: Options = Object.fromEntries(
  Object.entries<Option>({ ...CARRYING_OPTIONS, ...GLOBAL_OPTIONS }).filter(([, { setting }]) => setting),
);

/**
 * `options` with what the settings file says where the command line says nothing. Throws `usage` where the file cannot be read,
 * holds something else, or may be written by others.
 */
export async function withSettings(
  options: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const given = options['config-file'];
  const file = typeof given === 'string' ? given : FOUND;
  const text = await textOf(file, typeof given === 'string');
  if (text === undefined) return options;
  const merged: Record<string, unknown> = { ...options };
  for (const [name, value] of Object.entries(await settingsIn(file, text))) {
    if (name === 'keep-trash' && options['in-place'] === true) continue; // the command line goes first
    if (merged[name] === undefined || merged[name] === false) merged[name] = value;
  }
  return merged;
}

async function textOf(file: string, given: boolean): Promise<string | undefined> {
  try {
    return await readBounded(file, { mostBytes: MAX_BYTES, ...(given ? {} : { check: refuseOthersFile }) });
  } catch (error) {
    if (error instanceof RegsweepError) throw error;
    if (!given && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(file, error);
  }
}

/** A file that was only found must be this user's, and a file: a pipe would hold every command up. */
function refuseOthersFile(stats: Stats): void {
  const { uid, mode } = stats;
  const own = process.geteuid?.() ?? uid;
  if ((uid !== own && uid !== 0) || (mode & 0o022) !== 0) {
    throw usageError(
      `./${FOUND} can be written by others, and it can name commands to run.`,
      `Make it yours (chmod go-w ${FOUND}), remove it, or name a file with --config-file.`,
    );
  }
  if (!stats.isFile()) throw new Error('it is not a file');
}

async function settingsIn(file: string, text: string): Promise<Readonly<Record<string, unknown>>> {
  const { LineCounter, isMap, isScalar, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number | undefined): string => `${file}:${lines.linePos(offset ?? 0).line}`;
  const [fault] = document.errors;
  if (fault !== undefined) throw usageError(`${at(fault.pos[0])}: ${fault.message}`);
  const { contents } = document;
  if (contents === null) return {};
  if (!isMap(contents)) throw usageError(`${file} holds no settings.`, 'One `option: value` a line, without dashes.');
  const settings: Record<string, unknown> = {};
  for (const { key, value } of contents.items) {
    const name = isScalar(key) ? String(key.value) : '';
    const where = at(isScalar(key) ? key.range?.[0] : undefined);
    const option = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
    if (option === undefined) {
      throw usageError(`${where}: '${name}' cannot be set here.`, `These can: ${Object.keys(SETTINGS).join(', ')}.`);
    }
    const content: unknown = isScalar(value) ? value.value : undefined;
    const fits = isSwitch(option) ? typeof content === 'boolean' : isText(content);
    if (!fits) throw usageError(`${where}: ${name} must be ${isSwitch(option) ? 'true or false' : 'one text'}.`);
    settings[name] = isSwitch(option) ? content : String(content);
  }
  return settings;
}

function isText(content: unknown): boolean {
  return typeof content === 'number' || (typeof content === 'string' && content !== '');
}

function unreadable(file: string, error: unknown): RegsweepError {
  const message = error instanceof Error ? error.message : String(error);
  return new RegsweepError('usage', EXIT.usage, `the settings cannot be read: ${message}`, {
    path: file,
    cause: error,
  });
}
