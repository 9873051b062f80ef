// What a report is made of: plain data, whoever gathered it. Sections that a command does not have are left out, so that `rm`
// and `du` are told by the same page.

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
  /** The line of shell that repeats it. */
  readonly commandLine: string;
  /** A changing command's plan, and what became of it. */
  readonly change?: ChangeResult;
  readonly storage?: StorageMap;
  readonly tables?: readonly ReportTable[];
  readonly problems: readonly Problem[];
}

/** The bytes of the blob store and the uploads, each byte in one part. */
export interface StorageMap {
  readonly bytes: number;
  /** Of them, what goes. */
  readonly goesBytes: number;
  readonly groups: readonly StorageGroup[];
}

/** A repository, or what belongs to none or to several. */
export interface StorageGroup {
  readonly name: string;
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

/** A table of any command; numbers are bytes where a column says so. */
export interface ReportTable {
  readonly title: string;
  readonly columns: readonly { readonly title: string; readonly is: 'text' | 'count' | 'bytes' }[];
  readonly rows: readonly (readonly (string | number)[])[];
}
