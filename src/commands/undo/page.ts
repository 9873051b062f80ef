// The page of an undo: what comes back and what stays in the trash, by repository, with the trash as the map. A blob counts for
// the repository whose references to it went in the same run, as they come back together.

import { posix } from 'node:path';
import type { Step } from '../../execute/run.js';
import { entityAt } from '../../model/layout.js';
import type {
  ReportData,
  ReportSummary,
  ReportTable,
  RowGroup,
  StorageGroup,
  StorageMap,
  Tone,
} from '../../report/html/data.js';
import type { UndoResult } from '../../report/result.js';
import { bytesText, counted } from '../../report/text.js';
import { KIND_WORDS } from '../../report/words.js';
import { undoStayText } from './view.js';

/** The page of `result`, which chose from the steps `taken`. `declined`: the question was answered with no. */
export function undoReport(
  result: UndoResult,
  taken: readonly Step[],
  declined: boolean,
): Pick<ReportData, 'command' | 'root' | 'summary' | 'storage' | 'tables' | 'problems'> {
  const owners = ownersOf(taken);
  return {
    command: 'undo',
    root: result.root,
    summary: summaryOf(result, declined),
    storage: trashMap(result, taken, owners),
    tables: [...backTables(result, owners), ...stayTables(result), ...failureTables(result)],
    problems: [],
  };
}

const SEVERAL = Symbol('several repositories');
type Owner = string | typeof SEVERAL | undefined;

/** The repository that each step belongs to, by its number. */
function ownersOf(taken: readonly Step[]): ReadonlyMap<number, Owner> {
  const namedBy = new Map<string, Owner>();
  for (const { path } of taken) {
    const entity = entityAt(path);
    if (entity?.kind !== 'revision' && entity?.kind !== 'layerLink') continue;
    const before = namedBy.get(entity.digest);
    namedBy.set(entity.digest, before === undefined || before === entity.repository ? entity.repository : SEVERAL);
  }
  return new Map(
    taken.map(({ step, path }) => {
      const entity = entityAround(path);
      if (entity === undefined) return [step, undefined];
      if ('repository' in entity) return [step, entity.repository];
      return [step, entity.kind === 'blob' ? namedBy.get(entity.digest) : undefined];
    }),
  );
}

/** The entity that `path` is or lies in. */
function entityAround(path: string): ReturnType<typeof entityAt> {
  for (let at = path; at !== '.'; at = posix.dirname(at)) {
    const entity = entityAt(at);
    if (entity !== undefined) return entity;
  }
  return undefined;
}

function ownerName(owner: Owner): string {
  return owner === undefined ? 'In no repository' : owner === SEVERAL ? 'Shared by several repositories' : owner;
}

function summaryOf(result: UndoResult, declined: boolean): ReportSummary {
  const { back, stays, there, outcome, run, command, bytes } = result;
  const put = outcome !== undefined;
  const counts = new Map<string, number>();
  for (const { kind } of back) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const kinds = Object.entries(KIND_WORDS).flatMap(([kind, [, many]]) => {
    const value = counts.get(kind) ?? 0;
    return value === 0 ? [] : [{ title: many[0]!.toUpperCase() + many.slice(1), value, is: 'count' as const }];
  });
  const failed = (outcome?.failures.length ?? 0) + (outcome?.inTheWay.length ?? 0);
  const left = stays.length + failed;
  const notes = [`Undoes run ${run} (${command}).`];
  if (there > 0) notes.push(`${counted(there, 'item')} of this run are in the tree again.`);
  if (put) notes.push('Next: start the registry again; a running one must be restarted.');
  return {
    lead: `${put ? 'Put back' : declined ? 'Would have put back' : 'Would put back'} ${bytesText(bytes)}`,
    state: stateOf(put, declined, failed),
    figures: [
      ...kinds,
      ...(left > 0 ? [{ title: 'Stay in the trash', value: left, is: 'count', tone: 'bad' } as const] : []),
    ],
    remarks: notes,
  };
}

function stateOf(put: boolean, declined: boolean, failed: number): { readonly text: string; readonly tone: Tone } {
  if (declined) return { text: 'Declined: nothing was changed', tone: 'plain' };
  if (!put) return { text: 'Dry run: nothing was changed', tone: 'plain' };
  return failed > 0 ? { text: 'Finished with failures', tone: 'bad' } : { text: 'Done', tone: 'good' };
}

/** What the trash of the run held, and what of it comes back. */
function trashMap({ back }: UndoResult, taken: readonly Step[], owners: ReadonlyMap<number, Owner>): StorageMap {
  const comesBack = new Set(back.map(({ step }) => step));
  const groups = new Map<Owner, Map<string, { bytes: number; goesBytes: number }>>();
  for (const { step, kind, bytes } of taken) {
    const owner = owners.get(step);
    const parts = groups.get(owner) ?? new Map<string, { bytes: number; goesBytes: number }>();
    groups.set(owner, parts);
    const name = KIND_WORDS[kind][1];
    const sum = parts.get(name) ?? { bytes: 0, goesBytes: 0 };
    parts.set(name, { bytes: sum.bytes + bytes, goesBytes: sum.goesBytes + (comesBack.has(step) ? bytes : 0) });
  }
  const list = [...groups].map(([owner, parts]): StorageGroup => {
    const sizes = [...parts].map(([name, sum]) => ({ name, ...sum }));
    return { name: ownerName(owner), isRepository: typeof owner === 'string', parts: sizes, ...sum(sizes) };
  });
  return { marks: 'back', groups: list, ...sum(list) };
}

function sum(all: readonly { readonly bytes: number; readonly goesBytes: number }[]) {
  return {
    bytes: all.reduce((total, { bytes }) => total + bytes, 0),
    goesBytes: all.reduce((total, { goesBytes }) => total + goesBytes, 0),
  };
}

const WHAT = { title: 'What', is: 'text' } as const;
const PLACE = { title: 'Where', is: 'name' } as const;

function backTables({ back, outcome }: UndoResult, owners: ReadonlyMap<number, Owner>): readonly ReportTable[] {
  const groups = new Map<string, (readonly string[])[]>();
  for (const { step, kind, path } of back) {
    const name = ownerName(owners.get(step));
    const rows = groups.get(name);
    const row = [KIND_WORDS[kind][0], path];
    if (rows === undefined) groups.set(name, [row]);
    else rows.push(row);
  }
  if (groups.size === 0) return [];
  const list = [...groups].map(([title, rows]): RowGroup => ({ head: { title, note: '', tone: 'plain' }, rows }));
  return [
    { title: outcome === undefined ? 'What comes back' : 'What came back', columns: [WHAT, PLACE], groups: list },
  ];
}

function stayTables({ stays, outcome }: UndoResult): readonly ReportTable[] {
  const rows = [
    ...stays.map((item) => [item.kind, item.path, undoStayText(item)]),
    ...(outcome?.inTheWay ?? []).map((path) => ['', path, 'it is in the tree again']),
  ];
  if (rows.length === 0) return [];
  const columns = [WHAT, PLACE, { title: 'Because', is: 'text' } as const];
  return [{ title: 'What stays in the trash', columns, groups: [{ rows }] }];
}

function failureTables({ outcome }: UndoResult): readonly ReportTable[] {
  const rows = (outcome?.failures ?? []).map(({ path, code, message }) => [path, code, message]);
  if (rows.length === 0) return [];
  const columns = [PLACE, { title: 'Code', is: 'text' } as const, { title: 'What failed', is: 'text' } as const];
  return [{ title: 'Failures', columns, groups: [{ rows }] }];
}
