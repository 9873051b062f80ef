// The mounts that this process sees. Device numbers do not tell bind mounts apart, and a rename does not cross them either.

import type { Reader } from './reader.js';

export interface Mount {
  /** Of the file system: `major:minor`. */
  readonly device: string;
  /** The folder of the file system that is mounted; `/` is all of it. */
  readonly root: string;
  readonly point: string;
  /** Of the file system: `ext4`, `fuse.s3fs`. */
  readonly type: string;
  readonly source: string;
}

const TABLE = '/proc/self/mountinfo';

/** None where /proc does not show them. Source: proc_pid_mountinfo(5). */
export function mountTable(reader: Reader): readonly Mount[] {
  if (reader.lstat(TABLE) === undefined) return [];
  return reader
    .read(TABLE)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [mount = '', fileSystem = ''] = line.split(' - ');
      const [, , device = '', root = '', point = ''] = mount.split(' ');
      const [type = '', source = ''] = fileSystem.split(' ');
      return { device, root: unescaped(root), point: unescaped(point), type, source: unescaped(source) };
    });
}

/** The mount that `path`, a real path, lies on. The later of two at one point hides the earlier. */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    if (isInside(path, mount.point) && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}

/** True where `path` is `folder` or lies below it. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** Space, tab, newline and backslash are written as octal numbers. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
