// The report of `--report`: gathered while the command runs, written as one page when it is over. A page that cannot be written
// is reported before anything is touched where that can be known.

import { createHash } from 'node:crypto';
import type { Inventory } from '../inventory/inventory.js';
import type { ReportData, StorageMap } from '../report/html/data.js';
import type { ChangeResult } from '../report/result.js';
import { shellWord } from '../report/text.js';
import { type AtomicFile, atomicFile } from './atomic-file.js';
import type { Session } from './session.js';
import { type MapMarks, storageMap } from './storage-map.js';
import { version } from './version.js';

type Sections = Pick<ReportData, 'command' | 'root' | 'problems'> &
  Partial<Pick<ReportData, 'change' | 'summary' | 'storage' | 'tables'>>;

export class ReportFile {
  readonly #file: AtomicFile;
  readonly #session: Session;
  readonly #folder: string;
  #storage: StorageMap | undefined;

  private constructor(file: AtomicFile, session: Session) {
    this.#file = file;
    this.#session = session;
    this.#folder = folderNow();
  }

  /** A report at `file`. Throws `usage` where it cannot be written, or lies inside `root`. */
  static async at(file: string, root: string, session: Session): Promise<ReportFile> {
    return new ReportFile(await atomicFile('report', file, root), session);
  }

  /** Notes the storage as it is, and what of it is `marked`; `inventory` was scanned with blob sizes. */
  note(inventory: Inventory, marked: MapMarks): void {
    this.#storage = storageMap(inventory, marked);
  }

  /** Writes what a change has to tell, by `command`. */
  async writeChange(change: ChangeResult, command: string): Promise<void> {
    await this.write({ command, root: change.root, change, problems: change.plan.problems });
  }

  /** Writes the page, with the storage that was noted. */
  async write(sections: Sections): Promise<void> {
    const { htmlReport } = await import('../report/html/html-report.js');
    const data = {
      madeMs: this.#session.now(),
      version: version(),
      commandLine: ['regsweep', ...process.argv.slice(2)].map(shellWord).join(' '),
      folder: this.#folder,
      ...(this.#storage === undefined ? {} : { storage: this.#storage }),
      ...sections,
    };
    await this.#file.write(htmlReport(data, (text) => createHash('sha256').update(text).digest('base64')));
  }
}

/** The folder that the command was typed in. */
function folderNow(): string {
  try {
    return process.cwd();
  } catch {
    return 'a folder that is gone'; // ignored error: the page alone names it
  }
}

/** The report that `--report` asks for, if it does. Throws as {@link ReportFile.at}. */
export async function reportAt(
  file: string | undefined,
  root: string,
  session: Session,
): Promise<ReportFile | undefined> {
  return file === undefined ? undefined : ReportFile.at(file, root, session);
}
