// Tags as versions. Dotted numbers of any length order as numbers, so 1.2.10 follows 1.2.9 and 20240919.2 follows 20240919.1; what
// has three of them may have a pre-release and a build, as semver says. Everything else is no version.

import compareSemver from 'semver/functions/compare.js';
import parseSemver from 'semver/functions/parse.js';

export interface Version {
  readonly numbers: readonly bigint[];
  /** `0.0.0-rc.1` for `1.2.3-rc.1`: semver orders pre-releases among themselves. */
  readonly prerelease: string | undefined;
}

const DOTTED = /^v?(\d+(?:\.\d+)*)$/;
const THREE = /^v?(\d+\.\d+\.\d+)$/;
const WITH_PRERELEASE = /^v?(\d+\.\d+\.\d+)-([0-9A-Za-z.-]+)$/;
/** A tag cannot hold the `+` of a build: by custom it is written as `_`. */
const BUILD = /[+_][0-9A-Za-z.-]+$/;

/** The version that `tag` is, or undefined. */
export function versionOf(tag: string): Version | undefined {
  const dotted = DOTTED.exec(tag) ?? THREE.exec(tag.replace(BUILD, ''));
  if (dotted !== null) return { numbers: dotted[1]!.split('.').map(BigInt), prerelease: undefined };
  const found = WITH_PRERELEASE.exec(tag.replace(BUILD, ''));
  if (found === null) return undefined;
  const prerelease = `0.0.0-${found[2]}`;
  if (parseSemver(prerelease) === null) return undefined;
  return { numbers: found[1]!.split('.').map(BigInt), prerelease };
}

/** Negative where `a` is the lower version. Missing numbers count as 0; a release is higher than its pre-releases. */
export function compareVersions(a: Version, b: Version): number {
  for (let part = 0; part < Math.max(a.numbers.length, b.numbers.length); part += 1) {
    const difference = (a.numbers[part] ?? 0n) - (b.numbers[part] ?? 0n);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  if (a.prerelease === undefined || b.prerelease === undefined) {
    return Number(b.prerelease !== undefined) - Number(a.prerelease !== undefined);
  }
  return compareSemver(a.prerelease, b.prerelease);
}

/** The first `parts` numbers: what versions of one line have in common. */
export function lineOf({ numbers }: Version, parts: number): string {
  return Array.from({ length: parts }, (_, part) => numbers[part] ?? 0n).join('.');
}

/** Orders names as versions where both are, else by their characters. */
export function compareNames(a: string, b: string): number {
  const [first, second] = [versionOf(a), versionOf(b)];
  if (first !== undefined && second !== undefined) {
    const difference = compareVersions(first, second);
    if (difference !== 0) return difference;
  } else if (first !== undefined || second !== undefined) return first === undefined ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
