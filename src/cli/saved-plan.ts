// A plan as `--plan-out` saved it, read back: whole, unchanged, of this version and of this very tree, or refused. Only its
// request is acted on; its removals are what a new plan must equal.

import { shortDigest } from '../model/digest.js';
import { EXIT, RegsweepError, refusal } from '../model/errors.js';
import { differenceOf, type NamedRemoval } from '../plan/difference.js';
import { REMOVAL_KINDS } from '../plan/removal.js';
import { type Request, requestOf } from '../plan/request.js';
import type { Plan } from '../plan/types.js';
import { FORMAT } from '../report/json.js';
import { counted, printable } from '../report/text.js';
import { readBounded } from './bounded-read.js';
import { hasValidChecksum } from './checksum.js';

export interface SavedPlan {
  readonly file: string;
  readonly root: string;
  readonly request: Request;
  readonly removals: readonly NamedRemoval[];
}

/** The largest plan that is read, in bytes: JavaScript holds no longer string. Some two million removals. */
const MAX_BYTES = 500_000_000;
/** How many items of a difference are reported by name. */
const FEW = 20;

/** Reads the plan in `file`. Throws `usage` where it cannot be read, and the refusal `plan-file` where it cannot be trusted. */
export async function readSavedPlan(file: string, version: string, signal?: AbortSignal): Promise<SavedPlan> {
  const text = await textOf(file, signal);
  const json = jsonOf(file, text);
  if (json['format'] !== FORMAT) throw refused(file, `its format is ${JSON.stringify(json['format'])}, not ${FORMAT}`);
  if (typeof json['seal'] !== 'string') throw refused(file, 'it was not written by --plan-out');
  if (!hasValidChecksum(text)) throw refused(file, 'it was changed or cut off after it was written');
  if (json['version'] !== version) {
    throw refused(file, `regsweep ${String(json['version'])} made it, this is ${version}`);
  }
  const { root, request, removals } = json;
  if (typeof root !== 'string' || !isRequest(request) || !Array.isArray(removals) || !removals.every(isRemoval)) {
    throw refused(file, 'it does not hold a plan');
  }
  return { file, root, request, removals };
}

/** Throws the refusal `plan-file` where `saved` is the plan of another tree than that at `root`. */
export function refuseOtherRoot(saved: SavedPlan, root: string): void {
  if (saved.root === root) return;
  throw refusal(
    'plan-file',
    `${saved.file} is a plan for ${saved.root}, not for ${root}.`,
    `Nothing was touched. Name the tree that it was made for: --root ${saved.root}`,
    saved.file,
  );
}

/** Throws the refusal `plan-differs`, naming what differs, where `plan` removes anything more or less than `saved`. */
export function refuseDifference(plan: Plan, saved: SavedPlan): void {
  const { added, missing } = differenceOf(plan.removals, saved.removals);
  if (added.length === 0 && missing.length === 0) return;
  const lines = [
    ...missing.map((removal) => `- ${lineOf(removal)}`),
    ...added.map((removal) => `+ ${lineOf(removal)}`),
  ];
  throw new RegsweepError(
    'plan-differs',
    EXIT.refused,
    `The tree has changed since ${saved.file} was made: ${counted(missing.length, 'removal')} of it would not happen now, ${added.length} more would.`,
    {
      path: saved.file,
      details: fewOf(lines),
      hint: 'Nothing was touched. Make the plan again and look at it: the same command with --dry-run --plan-out.',
    },
  );
}

/** Throws the refusal `plan-differs` where tags or revisions would go that the plan did not hold to which the user agreed. */
export function refuseNotShown(notShown: readonly NamedRemoval[]): void {
  if (notShown.length === 0) return;
  throw new RegsweepError(
    'plan-differs',
    EXIT.refused,
    `Before the registry was stopped, ${counted(notShown.length, 'tag or revision', 'tags and revisions')} came up that the plan shown did not hold.`,
    {
      details: fewOf(notShown.map((removal) => `+ ${lineOf(removal)}`)),
      hint: 'Nothing was touched, and the registry was started again. Run it once more to see the new plan.',
    },
  );
}

function fewOf(lines: readonly string[]): readonly string[] {
  const more = lines.length - FEW;
  return more > 0 ? [...lines.slice(0, FEW), `… and ${more} more`] : lines;
}

function lineOf({ kind, path, digest }: NamedRemoval): string {
  return `${kind} ${printable(path)}${kind === 'tag' && digest !== undefined ? ` (${shortDigest(digest)})` : ''}`;
}

async function textOf(file: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await readBounded(file, { mostBytes: MAX_BYTES, signal });
  } catch (error) {
    signal?.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    throw new RegsweepError('usage', EXIT.usage, `the plan cannot be read: ${message}`, { path: file, cause: error });
  }
}

function jsonOf(file: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>;
  } catch (error) {
    throw refused(file, 'it is not JSON, or cut off', error);
  }
  throw refused(file, 'it does not hold a plan');
}

/** A request with every field of the type that {@link requestOf} gives it; what its names mean is parsed by the plan. */
function isRequest(value: unknown): value is Request {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Readonly<Record<string, unknown>>;
  const { command } = given;
  if (command !== 'rm' && command !== 'gc' && command !== 'retain') return false;
  const usual: Readonly<Record<string, unknown>> = { ...requestOf({ command, nowMs: 0 }) };
  const fields = new Set([...Object.keys(usual), ...Object.keys(given)]);
  return [...fields].every((name) => {
    const field = given[name];
    if (Array.isArray(usual[name])) {
      return Array.isArray(field) && (name === 'policies' || field.every((entry) => typeof entry === 'string'));
    }
    return typeof field === typeof usual[name] && (typeof field !== 'number' || Number.isFinite(field));
  });
}

function isRemoval(value: unknown): value is NamedRemoval {
  const { kind, path } = (value ?? {}) as Partial<NamedRemoval>;
  return typeof path === 'string' && REMOVAL_KINDS.some((known) => known === kind);
}

function refused(file: string, why: string, cause?: unknown): RegsweepError {
  return new RegsweepError('plan-file', EXIT.refused, `${file} cannot be applied: ${why}.`, {
    path: file,
    hint: 'Nothing was touched. Make the plan again: the same command with --dry-run --plan-out.',
    ...(cause === undefined ? {} : { cause }),
  });
}
