// One run on disk: `<home>/.regsweep/runs/<id>/` with the plan, the trash by step number, and the end mark. What was done is read
// from what is there: a step is done if its trash entry exists. There is no second record to disagree.

import { type Digest, parseDigest } from '../model/digest.js';
import { EXIT, RegsweepError } from '../model/errors.js';
import { OURS_BELOW_ROOT, parentOf, repositoryPath } from '../model/layout.js';
import type { Tree } from '../model/tree.js';
import type { RemovalKind } from '../plan/removal.js';
import type { Plan } from '../plan/types.js';
import { mountTable } from './mount-table.js';
import { IN_PLACE, sideTrash, Trashes, topOf } from './mounts.js';
import { refuseIfRedirected, refuseUnlessFolder } from './own-folders.js';
import { isOwnPath } from './own-path.js';
import { FolderOwners, type OwnedFolder, type Owner } from './owners.js';
import type { Reader } from './reader.js';
import { readRecord } from './record-lines.js';
import type { Writer } from './writer.js';

export const END_MARK = 'done';
/** Beside the end mark where the trash holds something that is not a registry's: only `trash empty` deletes it. */
export const KEPT_MARK = 'kept';
/** Beside the end mark while its trash is put back: what is back already must not be swept before the rest is. */
export const UNDOING_MARK = 'undoing';

/** One step as its run recorded it. */
export interface Step {
  readonly step: number;
  readonly kind: RemovalKind;
  /** Relative to v2; parsed again when a record is read, never trusted. */
  readonly path: string;
  readonly bytes: number;
  /** Of a `directory`: whose it was. */
  readonly was?: Owner;
  /** Of a tag or revision: what it named and did not have when it went. */
  readonly lacks?: readonly Digest[];
  /** Where the item goes: nothing is the run's own trash, `n` the n-th of {@link RunRecord.trashes}, -1 is deleted in place. */
  readonly trash?: number;
}

export interface RunRecord {
  readonly id: string;
  readonly command: string;
  readonly keepTrash: boolean;
  /** Trash folders on other file systems; absolute. */
  readonly trashes: readonly string[];
  readonly steps: readonly Step[];
  /** Folders around what went that are not as the one above them. */
  readonly folders: readonly OwnedFolder[];
}

function runsFolder(tree: Tree): string {
  return `${tree.home}/${OURS_BELOW_ROOT}/runs`;
}
export function runFolder(tree: Tree, id: string): string {
  return `${runsFolder(tree)}/${id}`;
}
export function trashFolder(tree: Tree, id: string): string {
  return `${runFolder(tree, id)}/trash`;
}
/** Where the item of a step lies once it is taken; undefined where it is deleted in place. */
export function trashEntry(
  tree: Tree,
  { id, trashes }: Pick<RunRecord, 'id' | 'trashes'>,
  step: Step,
): string | undefined {
  const { trash = 0 } = step;
  if (trash === IN_PLACE) return undefined;
  return `${trash === 0 ? trashFolder(tree, id) : trashes[trash - 1]}/${step.step}`;
}
/** Every trash folder of a run. */
export function trashFolders(tree: Tree, { id, trashes }: Pick<RunRecord, 'id' | 'trashes'>): readonly string[] {
  return [trashFolder(tree, id), ...trashes];
}

/** Writes and flushes the record of a run that is about to begin; nothing of the tree has changed when it throws. */
export function beginRun(tree: Tree, plan: Plan, id: string, keepTrash: boolean, writer: Writer): RunRecord {
  writer.ensureFolder(trashFolder(tree, id));
  const trashes = new Trashes(tree, id, trashFolder(tree, id), writer);
  const around = new FolderOwners(tree, writer);
  const steps: Step[] = [];
  for (const removal of plan.removals) {
    const { step, kind, path, bytes, lacks, repository } = removal;
    const stats = kind === 'directory' ? writer.lstat(`${tree.v2}/${path}`) : undefined;
    const was = stats === undefined ? {} : { was: { mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid } };
    around.note(kind, path);
    const trash = trashes.of(kind, path, repository === undefined ? undefined : repositoryPath(repository));
    steps.push({
      step,
      kind,
      path,
      bytes,
      ...was,
      ...(lacks.length === 0 ? {} : { lacks }),
      ...(trash === 0 ? {} : { trash }),
    });
  }
  const { command } = plan.request;
  const record: RunRecord = { id, command, keepTrash, trashes: trashes.others, steps, folders: around.folders };
  for (const folder of record.trashes) refuseIfRedirected(folder, writer);
  writer.write(`${runFolder(tree, id)}/plan.json`, recordPieces(plan, record));
  // Made once the record names them: an interruption between the two leaves none unrecorded.
  for (const folder of record.trashes) writer.ensureFolder(folder);
  for (const folder of record.trashes) writer.sync(parentOf(folder));
  writer.sync(runFolder(tree, id));
  writer.sync(runsFolder(tree));
  return record;
}

/** About how many bytes the record of a run takes, known before its trash is. */
export function recordBytes({ removals, request }: Plan): number {
  let bytes = Buffer.byteLength(JSON.stringify(request)) + 1024;
  for (const { step, kind, path, bytes: sizeBytes, lacks } of removals) {
    bytes += Buffer.byteLength(JSON.stringify({ step, kind, path, bytes: sizeBytes, lacks })) + 48;
  }
  return bytes;
}

function* recordPieces(plan: Plan, { id, command, keepTrash, trashes, steps, folders }: RunRecord): Generator<string> {
  const head = { format: 1, kind: 'run', id, command, keepTrash, trashes, folders, request: plan.request };
  yield `${JSON.stringify(head).slice(0, -1)},\n"steps":[\n`;
  let piece = '';
  for (const [at, step] of steps.entries()) {
    piece += `${at === 0 ? '' : ',\n'}${JSON.stringify(step)}`;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}\n]}\n`;
}

/** Ids of the runs on disk, oldest first. Throws `run-record` where something else lies in the place of a folder of ours. */
export function runIds(tree: Tree, reader: Reader): readonly string[] {
  const folder = runsFolder(tree);
  refuseUnlessFolder(`${tree.home}/${OURS_BELOW_ROOT}`, reader);
  refuseUnlessFolder(folder, reader);
  // A file there is not a run, and holds nothing that a run took.
  const ids = entriesOf(folder, reader).filter((id) => reader.lstat(`${folder}/${id}`)?.isFile() !== true);
  for (const id of ids) refuseIfRedirected(trashFolder(tree, id), reader);
  return ids;
}

export function isEnded(tree: Tree, id: string, reader: Reader): boolean {
  return reader.lstat(`${runFolder(tree, id)}/${END_MARK}`) !== undefined;
}

/** True where the undo of a run has started and not ended. */
export function isUndoing(tree: Tree, id: string, reader: Reader): boolean {
  return reader.lstat(`${runFolder(tree, id)}/${UNDOING_MARK}`) !== undefined;
}

/** True where the trash of a run holds anything: the record was written in full before that was taken. */
export function holdsItems(tree: Tree, id: string, reader: Reader): boolean {
  return entriesOf(trashFolder(tree, id), reader).length > 0;
}

/** Sorted; none where there is no such folder. */
function entriesOf(folder: string, reader: Reader): readonly string[] {
  return reader.lstat(folder) === undefined ? [] : reader.names(folder).sort();
}

/**
 * Reads a run's record, every path parsed again. Undefined where there is none, or it was not written in full, and nothing waits for
 * it: nothing was moved, or the run ended. Throws the refusal `run-record` where it cannot be trusted.
 */
export function readRun(tree: Tree, id: string, reader: Reader): RunRecord | undefined {
  const file = `${runFolder(tree, id)}/plan.json`;
  const waits = (): boolean => !isEnded(tree, id, reader) && holdsItems(tree, id, reader);
  if (reader.lstat(file) === undefined) {
    if (waits()) throw refused(file, 'it is missing');
    return undefined;
  }
  let json: unknown;
  try {
    json = readRecord(file, reader);
  } catch (error) {
    if (error instanceof RegsweepError) throw error;
    // What the disk does not give was perhaps written in full: then things may have moved, to other file systems alone too.
    if (!(error instanceof SyntaxError)) throw refused(file, `it cannot be read: ${(error as Error).message}`, error);
    if (!waits()) return undefined; // cut off while it was written
    throw refused(file, 'it is not JSON', error);
  }
  const record = json as {
    format?: unknown;
    id?: unknown;
    command?: unknown;
    keepTrash?: unknown;
    trashes?: unknown;
    folders?: unknown;
    steps?: unknown;
  };
  if (record.format !== 1 || record.id !== id || !Array.isArray(record.steps))
    throw refused(file, 'it is not the record of this run');
  const steps = record.steps.map((step: unknown, at) => checkedStep(file, step, at));
  const trashes = checkedTrashes(tree, id, file, record.trashes, steps, reader);
  const folders = checkedFolders(file, record.folders);
  return { id, command: String(record.command), keepTrash: record.keepTrash === true, trashes, steps, folders };
}

function checkedFolders(file: string, json: unknown): readonly OwnedFolder[] {
  if (json === undefined) return [];
  if (!Array.isArray(json)) throw refused(file, 'its folders are garbled');
  return json.map((folder: Partial<OwnedFolder> | null) => {
    const { path } = folder ?? {};
    if (typeof path !== 'string' || !isOwnPath('directory', path)) throw refused(file, 'its folders are garbled');
    return { path, ...checkedOwner(folder as OwnedFolder) };
  });
}

function checkedStep(file: string, json: unknown, at: number): Step {
  const step = json as Partial<Step>;
  const { kind, path } = step;
  if (step.step !== at + 1 || typeof kind !== 'string' || typeof path !== 'string')
    throw refused(file, `step ${at + 1} is garbled`);
  if (!isOwnPath(kind, path))
    throw refused(file, `step ${at + 1} points to '${path}', which is not the path of a ${kind}`);
  return {
    step: at + 1,
    kind,
    path,
    bytes: Number(step.bytes) || 0,
    ...(Number.isInteger(step.trash) && step.trash! >= IN_PLACE ? { trash: step.trash! } : {}),
    ...(step.was === undefined ? {} : { was: checkedOwner(step.was) }),
    ...(Array.isArray(step.lacks) ? { lacks: step.lacks.flatMap((digest) => parseDigest(String(digest)) ?? []) } : {}),
  };
}

/** The trash folders on other file systems, which must be those that the run would choose for what went there. */
function checkedTrashes(
  tree: Tree,
  id: string,
  file: string,
  json: unknown,
  steps: readonly Step[],
  reader: Reader,
): readonly string[] {
  if (json === undefined) return [];
  if (!Array.isArray(json) || !json.every((folder) => typeof folder === 'string'))
    throw refused(file, 'its trash is garbled');
  const tops = new Set<string>();
  const mounts = mountTable(reader);
  for (const { trash = 0, path } of steps) {
    if (trash < 1) continue;
    let folder = `${tree.v2}/${parentOf(path)}`;
    while (reader.stat(folder) === undefined) folder = parentOf(folder);
    tops.add(sideTrash(topOf(folder, reader, mounts), id));
  }
  for (const folder of json) {
    if (!tops.has(folder)) throw refused(file, `its trash '${folder}' is not where such a trash would be`);
    refuseIfRedirected(folder, reader);
  }
  return json;
}

function checkedOwner({ mode, uid, gid }: Owner): Owner {
  return { mode: Number(mode) & 0o7777, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
}

function refused(file: string, why: string, cause?: unknown): RegsweepError {
  return new RegsweepError('run-record', EXIT.refused, `${file} cannot be used: ${why}.`, {
    path: file,
    hint: 'Nothing was touched. Was it edited or removed? The trash beside it holds what the run took, by step number. Restore it from a backup; to give up what lies there, move the folder of this run out of `runs`.',
    ...(cause === undefined ? {} : { cause }),
  });
}
