// Results as one JSON document (rule 9.8, schema/regsweep-1.schema.json), handed out in pieces: a plan of a million removals is
// never one string. The order of fields and entries is fixed, so two documents of one tree compare line by line.

import type { Plan } from '../plan/types.js';
import type { ChangeResult, ResultOutcome } from './result.js';
import { type Totals, totalsOf } from './totals.js';

/** The version of the documents' shape: it grows when a field changes its meaning or goes. */
export const FORMAT = 1;

/** Characters gathered before they are handed out. */
const PIECE = 64 * 1024;

/** The document of a changing command, in pieces of some 64 KiB; the last ends the line. */
export function* changeDocument(result: ChangeResult): Generator<string> {
  yield* gathered(changePieces(result));
}

function* changePieces({
  root,
  dryRun,
  inPlace = false,
  plan,
  outcome,
  next,
  window,
}: ChangeResult): Generator<string> {
  yield '{\n';
  yield field('format', FORMAT);
  yield field('command', plan.request.command);
  yield field('root', root);
  yield field('dryRun', dryRun);
  if (inPlace) yield field('inPlace', inPlace);
  yield field('request', plan.request);
  yield '  "removals": ';
  yield* list(removalEntries(plan));
  yield ',\n';
  yield field('totals', totalsEntry(totalsOf(plan.removals)));
  yield field('frozen', plan.frozen);
  yield field('leftAlone', plan.leftAlone);
  yield '  "problems": ';
  yield* list(plan.problems);
  yield ',\n  "verdicts": ';
  yield* list(plan.verdicts);
  yield ',\n';
  yield field('heldBackBlobs', plan.heldBackBlobs);
  yield field('partial', plan.partial);
  yield field('outcome', outcomeEntry(outcome));
  if (window !== undefined) yield field('window', window);
  yield `  "next": ${JSON.stringify(next)}\n}\n`;
}

function* removalEntries(plan: Plan): Generator<unknown> {
  for (const removal of plan.removals) {
    const { step, kind, repository, tag, digest, upload, path, bytes, reason } = removal;
    yield { step, kind, repository, tag, digest, upload, path, bytes, reason };
  }
}

/** Counts of the whole, of each repository, and of what lies between and outside of them. */
function totalsEntry({ reasons, ...counts }: Totals): unknown {
  return { ...counts, reasons };
}

function outcomeEntry(outcome: ResultOutcome | undefined): unknown {
  if (outcome === undefined) return null;
  return { ...outcome, run: outcome.run ?? null };
}

function field(name: string, value: unknown): string {
  return `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`;
}

/** A JSON array, an entry a line. */
export function* list(entries: Iterable<unknown>): Generator<string> {
  let first = true;
  for (const entry of entries) {
    yield `${first ? '[' : ','}\n    ${JSON.stringify(entry)}`;
    first = false;
  }
  yield first ? '[]' : '\n  ]';
}

/** Joins small pieces to larger ones. */
export function* gathered(pieces: Iterable<string>): Generator<string> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < PIECE) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/** An error as one line of JSON. */
export function errorDocument(error: {
  readonly code: string;
  readonly message: string;
  readonly exitStatus: number;
  readonly hint?: string | undefined;
  readonly path?: string | undefined;
  readonly details?: readonly string[];
}): string {
  const { code, message, exitStatus, hint, path, details = [] } = error;
  const told = { code, message, exitStatus, hint, path, ...(details.length === 0 ? {} : { details }) };
  return `${JSON.stringify({ format: FORMAT, error: told })}\n`;
}
