// Names from the registry's tree for the word at the cursor. Looks and never locks; what cannot be found or read gives nothing,
// for a shell's prompt is no place for errors.

import type { Takes } from '../../cli/option.js';
import { chooseRoot, rootGiven } from '../../cli/root.js';
import { OURS_BELOW_ROOT } from '../../model/layout.js';
import { isRepositoryName, withoutHost } from '../../model/names.js';
import { blobCandidates, repositoryCandidates, revisionCandidates, tagCandidates } from '../../scan/name-candidates.js';
import { openTree, type Tree } from '../../scan/tree.js';
import { TreeReader } from '../../scan/tree-reader.js';

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
  const reader = new TreeReader();
  const { path } = (await rootGiven({ root, environment })) ?? (await chooseRoot({ root, config, environment }));
  const tree = openTree(path, reader);
  if (takes === 'RUN') return runCandidates(tree, prefix, reader);
  const found = nameCandidates(tree.v2, takes, prefix, reader);
  const bare = withoutHost(prefix);
  if (found.length > 0 || bare === undefined) return found;
  const host = prefix.slice(0, prefix.length - bare.length);
  if (!isRepositoryName(`${host}a`)) return [];
  return nameCandidates(tree.v2, takes, bare, reader).map((name) => host + name);
}

function nameCandidates(v2: string, takes: Takes, prefix: string, reader: TreeReader): readonly string[] {
  const tags = takes !== 'REPOSITORY';
  const at = prefix.lastIndexOf('@');
  const colon = prefix.lastIndexOf(':');
  const named = prefix.slice(0, at < 0 ? undefined : at);
  const tagged = colon > named.lastIndexOf('/') && colon < named.length;
  if (at >= 0) {
    if (!tags || tagged) return [];
    return revisionCandidates(v2, named, prefix.slice(at + 1), reader).map((digest) => `${named}@${digest}`);
  }
  const digests = takes === 'THING' ? blobCandidates(v2, prefix, reader) : [];
  if (tagged) {
    const repository = prefix.slice(0, colon);
    const found = tags ? tagCandidates(v2, repository, prefix.slice(colon + 1), reader) : [];
    return [...found.map((tag) => `${repository}:${tag}`), ...digests];
  }
  const begun = repositoryCandidates(v2, prefix, reader);
  const names = begun.flatMap(({ name, repository, parent }) => [
    ...(repository ? [name] : []),
    ...(parent ? [`${name}/`] : []),
  ]);
  // The one that is meant: its tags at once, which also keeps the shell from ending the word after the repository.
  const [only, ...others] = begun;
  if (tags && only?.repository === true && others.length === 0 && digests.length === 0) {
    names.push(...tagCandidates(v2, only.name, '', reader).map((tag) => `${only.name}:${tag}`));
  }
  return [...names, ...digests];
}

function runCandidates({ home }: Tree, prefix: string, reader: TreeReader): readonly string[] {
  const ids = reader.names(`${home}/${OURS_BELOW_ROOT}/runs`) ?? [];
  return ids.filter((id) => id.startsWith(prefix) && RUN_ID.test(id));
}
