// What a report is made of: plain data, from any command. Sections that a command does not have are left out, so that `rm`
// and `du` are reported by the same page.

import type { Problem } from '../../inventory/inventory.js';
import type { ChangeResult } from '../result.js';

export interface ReportData {
  /** The command, such as `gc`. */
  readonly command: string;
  /** The registry's root, resolved. */
  readonly root: string;
  /** When it was made, ms since 1970. */
  readonly madeMs: number;
  readonly version: string;
  /** The line of shell that repeats it, and the folder to type it in. */
  readonly commandLine: string;
  readonly folder: string;
  /** A changing command's plan, and what became of it. */
  readonly change?: ChangeResult;
  /** What the command came to, where it has no plan. */
  readonly summary?: ReportSummary;
  readonly storage?: StorageMap;
  readonly tables?: readonly ReportTable[];
  readonly problems: readonly Problem[];
}

/** `plain`, what goes, what is well, and what is not. */
export type Tone = 'plain' | 'goes' | 'good' | 'bad';

/** The first thing to read: one sentence, and the numbers behind it. */
export interface ReportSummary {
  readonly lead: string;
  readonly state: { readonly text: string; readonly tone: Tone };
  readonly figures: readonly Figure[];
  /** What became of it and what comes next, a sentence each. */
  readonly remarks: readonly string[];
}

export interface Figure {
  readonly title: string;
  readonly value: number;
  readonly is: 'count' | 'bytes';
  readonly tone?: Tone;
}

/** Bytes, each in one part, some of them marked. */
export interface StorageMap {
  /** What is mapped, and what the mark means: what goes, could be freed, cannot be pulled, or comes back from the trash. */
  readonly marks: 'goes' | 'reclaimable' | 'broken' | 'back';
  readonly bytes: number;
  /** Of them, what is marked. */
  readonly goesBytes: number;
  readonly groups: readonly StorageGroup[];
}

/** A repository, or what belongs to none or to several. */
export interface StorageGroup {
  readonly name: string;
  readonly isRepository: boolean;
  readonly bytes: number;
  readonly goesBytes: number;
  readonly parts: readonly StoragePart[];
}

/** A tag, or what no single tag of its repository leads to. */
export interface StoragePart {
  readonly name: string;
  readonly bytes: number;
  readonly goesBytes: number;
}

/** A table of any command. */
export interface ReportTable {
  readonly title: string;
  readonly columns: readonly ReportColumn[];
  readonly groups: readonly RowGroup[];
}

export interface ReportColumn {
  readonly title: string;
  /** `name`: of something on disk; `count` and `bytes`: a number. */
  readonly is: 'text' | 'name' | 'count' | 'bytes';
}

export interface RowGroup {
  /** Of rows that belong together; undefined where the table has no groups. */
  readonly head?: { readonly title: string; readonly note: string; readonly tone: Tone };
  readonly rows: readonly (readonly (string | number)[])[];
}
