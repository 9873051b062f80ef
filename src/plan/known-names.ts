// The names of a tree's repositories, looked up as they are typed: exactly, with a host in front, or by a pattern; and how patterns of
// names and tags match.

import { globMatcher } from '../model/glob.js';
import { isPattern, type RepositoryName } from '../model/names.js';
import { parseReference, possibleNames } from './reference.js';

/** Anchored glob over repository names; `*` stays within a part, `**` crosses `/`. `team/**` is not `team`. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  return globMatcher(pattern);
}

/** As {@link nameMatcher}, for what is left out: `team/**` leaves out `team` too, since more stays then. */
export function exclusionMatcher(pattern: string): (name: string) => boolean {
  const matches = nameMatcher(pattern);
  const above = pattern.endsWith('/**') ? nameMatcher(pattern.slice(0, -'/**'.length)) : () => false;
  return (name) => matches(name) || above(name);
}

/** Anchored glob over tag names. */
export function tagMatcher(pattern: string): (name: string) => boolean {
  return globMatcher(pattern);
}

export class KnownNames {
  readonly #positions: ReadonlyMap<string, number>;
  /** First parts of names that have more. */
  readonly #nameSpaces: ReadonlySet<string>;

  constructor(names: readonly RepositoryName[]) {
    this.#positions = new Map(names.map((name, position) => [name, position]));
    this.#nameSpaces = new Set(names.flatMap((name) => (name.includes('/') ? [name.slice(0, name.indexOf('/'))] : [])));
  }

  readonly exists = (name: string): boolean => this.#positions.has(name);

  /** Positions of the repositories that `name`, as typed, means; none where there is no such. */
  positionsOf(name: string): readonly number[] {
    for (const meaning of this.#meanings(name)) {
      // A repository that bears the very name is meant, though its name may look like a pattern.
      const position = this.#positions.get(meaning);
      const found = position !== undefined ? [position] : isPattern(meaning) ? this.#matching(meaning) : [];
      if (found.length > 0) return found;
    }
    return [];
  }

  /** Positions of all that `references`, as typed, speak of. Throws a usage error for text that is no reference. */
  spokenOf(references: readonly string[]): ReadonlySet<number> {
    return new Set(references.flatMap((text) => this.positionsOf(parseReference(text, this.exists).name)));
  }

  /** Names below a name that is only a name space. */
  below(name: string): readonly string[] {
    const spaces = possibleNames(name).map((meaning) => `${meaning}/`);
    return [...this.#positions.keys()].filter((other) => spaces.some((space) => other.startsWith(space)));
  }

  /** What looks like a host is none where it is a pattern, or where repositories here begin with it: then it is a name space. */
  #meanings(name: string): readonly string[] {
    const [host = ''] = name.split('/');
    return isPattern(host) || this.#nameSpaces.has(host) ? [name] : possibleNames(name);
  }

  #matching(pattern: string): readonly number[] {
    const matches = nameMatcher(pattern);
    return [...this.#positions].filter(([name]) => matches(name)).map(([, position]) => position);
  }
}
