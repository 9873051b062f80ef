// Names from the registry's tree for the word at the cursor. Looks and never locks; what cannot be found or read gives nothing,
// for a shell's prompt is no place for errors.

import { OURS_BELOW_ROOT } from '../../model/layout.js';
import { isRepositoryName, withoutHost } from '../../model/names.js';
import { blobsBegun, repositoriesBegun, revisionsBegun, tagsBegun } from '../../scan/begun-names.js';
import { ReadingDoor } from '../../scan/door.js';
import { openTree, type Tree } from '../../scan/tree.js';
import type { Takes } from '../definition.js';
import { chooseRoot, rootGiven } from '../root.js';

interface Asked {
  readonly takes: Takes;
  readonly prefix: string;
  /** Values of the options on the line; a name with undefined was given, and cannot be known. */
  readonly options: ReadonlyMap<string, string | undefined>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const FROM_TREE: ReadonlySet<Takes> = new Set(['IMAGE', 'REPOSITORY', 'THING', 'RUN']);
const RUN_ID = /^\d{8}T\d{6}\.\d{3}Z-[0-9a-z]+$/;

/** Names that begin with `prefix`, in the tree that the line, the environment or a configuration names. Throws what that throws. */
export async function namesFromTree({ takes, prefix, options, environment }: Asked): Promise<readonly string[]> {
  if (!FROM_TREE.has(takes)) return [];
  const [root, config] = ['root', 'config'].map((name) => options.get(name));
  // One that the shell alone can expand: another tree's names would be worse than none.
  if ((options.has('root') && root === undefined) || (options.has('config') && config === undefined)) return [];
  const door = new ReadingDoor();
  const { path } = (await rootGiven({ root, environment })) ?? (await chooseRoot({ root, config, environment }));
  const tree = openTree(path, door);
  if (takes === 'RUN') return runsBegun(tree, prefix, door);
  const found = namesBegun(tree.v2, takes, prefix, door);
  const bare = withoutHost(prefix);
  if (found.length > 0 || bare === undefined) return found;
  const host = prefix.slice(0, prefix.length - bare.length);
  if (!isRepositoryName(`${host}a`)) return [];
  return namesBegun(tree.v2, takes, bare, door).map((name) => host + name);
}

function namesBegun(v2: string, takes: Takes, prefix: string, door: ReadingDoor): readonly string[] {
  const tags = takes !== 'REPOSITORY';
  const at = prefix.lastIndexOf('@');
  const colon = prefix.lastIndexOf(':');
  const named = prefix.slice(0, at < 0 ? undefined : at);
  const tagged = colon > named.lastIndexOf('/') && colon < named.length;
  if (at >= 0) {
    if (!tags || tagged) return [];
    return revisionsBegun(v2, named, prefix.slice(at + 1), door).map((digest) => `${named}@${digest}`);
  }
  const digests = takes === 'THING' ? blobsBegun(v2, prefix, door) : [];
  if (tagged) {
    const repository = prefix.slice(0, colon);
    const found = tags ? tagsBegun(v2, repository, prefix.slice(colon + 1), door) : [];
    return [...found.map((tag) => `${repository}:${tag}`), ...digests];
  }
  const begun = repositoriesBegun(v2, prefix, door);
  const names = begun.flatMap(({ name, repository, parent }) => [
    ...(repository ? [name] : []),
    ...(parent ? [`${name}/`] : []),
  ]);
  // The one that is meant: its tags at once, which also keeps the shell from ending the word after the repository.
  const [only, ...others] = begun;
  if (tags && only?.repository === true && others.length === 0 && digests.length === 0) {
    names.push(...tagsBegun(v2, only.name, '', door).map((tag) => `${only.name}:${tag}`));
  }
  return [...names, ...digests];
}

function runsBegun({ home }: Tree, prefix: string, door: ReadingDoor): readonly string[] {
  const ids = door.names(`${home}/${OURS_BELOW_ROOT}/runs`) ?? [];
  return ids.filter((id) => id.startsWith(prefix) && RUN_ID.test(id));
}
