// Repositories by name space, for the map: `team/app` and `team/web` lie in `team/`. Where there are few, each stands by itself
// under its whole name. No byte is lost or counted twice: a node is as large as what it holds.

import type { StorageGroup, StorageMap } from './data.js';

/** A field of the map, with the fields inside it. */
export interface MapNode {
  /** Whole, to tell it by: `team/app`, `team/`, `team/app: 1.0`. */
  readonly name: string;
  /** Within the field around it: `app`. */
  readonly label: string;
  readonly bytes: number;
  readonly goesBytes: number;
  /** Repositories inside, itself included. */
  readonly repositories: number;
  /** What to look for in the tables of the page; undefined where nothing there is called so. */
  readonly find: string | undefined;
  readonly children: readonly MapNode[];
}

/** Up to so many repositories each stands by itself. */
const FEW = 24;

/** The fields of `storage`, none of them omitted yet. */
export function nameSpaces(storage: StorageMap): MapNode {
  const groups = storage.groups.filter(({ bytes }) => bytes > 0);
  const paths = groups.filter(({ isRepository }) => isRepository).map(pathOf);
  const nodes =
    groups.length <= FEW
      ? groups.map((group) => groupNode(group, group.name))
      : [
          ...childrenOf(paths, sharedPrefix(paths, '')),
          ...groups.filter(({ isRepository }) => !isRepository).map((group) => groupNode(group, group.name)),
        ];
  return nodeOf('all', 'all', undefined, nodes);
}

interface Path {
  readonly segments: readonly string[];
  readonly group: StorageGroup;
}

function pathOf(group: StorageGroup): Path {
  return { segments: group.name.split('/'), group };
}

/** The fields of `paths`, which all begin with `prefix`: one a name space, or a repository that is alone in its own. */
function childrenOf(paths: readonly Path[], prefix: string): readonly MapNode[] {
  const bySegment = new Map<string, Path[]>();
  const depth = prefix === '' ? 0 : prefix.split('/').length - 1;
  for (const path of paths) {
    const segment = path.segments[depth] ?? '';
    const same = bySegment.get(segment);
    if (same === undefined) bySegment.set(segment, [path]);
    else same.push(path);
  }
  return [...bySegment].map(([segment, same]) => {
    const [first] = same;
    if (same.length > 1) {
      const inside = sharedPrefix(same, `${prefix}${segment}/`);
      return nodeOf(inside, inside.slice(prefix.length), inside, childrenOf(same, inside));
    }
    const { name } = first!.group;
    return groupNode(first!.group, `${name}/` === prefix ? '(itself)' : name.slice(prefix.length));
  });
}

/** `prefix` and what more all `paths` have in common: one name space that holds everything tells nothing. */
function sharedPrefix(paths: readonly Path[], prefix: string): string {
  const depth = prefix === '' ? 0 : prefix.split('/').length - 1;
  const next = paths[0]?.segments[depth];
  const shared =
    next !== undefined && paths.every(({ segments }) => segments[depth] === next && segments.length > depth + 1);
  return shared ? sharedPrefix(paths, `${prefix}${next}/`) : prefix;
}

function groupNode({ name, parts, isRepository, bytes, goesBytes }: StorageGroup, label: string): MapNode {
  const children = parts
    .filter((part) => part.bytes > 0)
    .map((part) => ({
      ...part,
      name: `${name}: ${part.name}`,
      label: part.name,
      repositories: 0,
      find: isRepository ? name : undefined,
      children: [],
    }));
  const find = isRepository ? name : undefined;
  return { name, label, bytes, goesBytes, repositories: isRepository ? 1 : 0, find, children };
}

/** A field that holds `children` and nothing else. */
export function nodeOf(name: string, label: string, find: string | undefined, children: readonly MapNode[]): MapNode {
  const sum = (of: (node: MapNode) => number): number => children.reduce((all, node) => all + of(node), 0);
  return {
    name,
    label,
    find,
    bytes: sum(({ bytes }) => bytes),
    goesBytes: sum(({ goesBytes }) => goesBytes),
    repositories: sum(({ repositories }) => repositories),
    children,
  };
}
