// Is a path one that a removal of its kind may touch? Nothing is moved and no record is used without this check: what is not spelled by
// parsed names, exactly, is not written by the registry.

import { type Entity, entityAt, isLeftoverName } from '../model/layout.js';
import { isTagName } from '../model/names.js';
import type { RemovalKind } from '../plan/removal.js';

/** True where `path` is exactly what a removal of `kind` may touch: inside v2, spelled by parsed names. */
export function isOwnPath(kind: RemovalKind, path: string): boolean {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) return false;
  if (kind === 'directory') return (parts[0] === 'blobs' || parts[0] === 'repositories') && parts.length > 1;
  if (kind === 'leftover')
    return (parts[0] === 'blobs' || parts[0] === 'repositories') && isLeftoverName(parts.at(-1)!);
  const entity: Entity | undefined = entityAt(path);
  return entity !== undefined && entity.kind === kind;
}

const SHA256_HEX = /^[0-9a-f]{64}$/;
/** Kinds whose last folder is the digest's. */
const BY_DIGEST: ReadonlySet<RemovalKind> = new Set(['history', 'revision', 'layerLink', 'blob']);

/** The same check for many paths in turn: of those in one folder the way there is checked once, and the name of each. */
export class OwnPaths {
  #kind: RemovalKind | undefined;
  /** A folder in which `isOwnPath` is true for every name that {@link isName} is true for; with its slash. */
  #way = '';

  has(kind: RemovalKind, path: string): boolean {
    const from = path.lastIndexOf('/') + 1;
    const beside = kind === this.#kind && from === this.#way.length && path.startsWith(this.#way);
    if (beside && isName(kind, this.#way, path.slice(from))) return true;
    if (!isOwnPath(kind, path)) return false;
    if (isName(kind, path.slice(0, from), path.slice(from))) {
      this.#kind = kind;
      this.#way = path.slice(0, from);
    }
    return true;
  }
}

/** Whether all such names are alike: where one makes a path of `kind` in the folder `way`, each other does. */
function isName(kind: RemovalKind, way: string, name: string): boolean {
  if (kind === 'tag') return isTagName(name);
  if (!BY_DIGEST.has(kind) || !SHA256_HEX.test(name)) return false;
  // A blob's folder lies in one that is called as it begins.
  return kind !== 'blob' || way.endsWith(`/${name.slice(0, 2)}/`);
}
