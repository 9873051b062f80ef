// Names of repositories and tags, by the grammar of distribution's reference package, and what a user may write for them.
// A name found on disk is taken as it stands; a name typed is held to the grammar, unless a repository bears it.

declare const brand: unique symbol;

/** A repository's name: the path of its folder below `v2/repositories`, with `/` between its parts. */
export type RepositoryName = string & { readonly [brand]: 'RepositoryName' };

/** A tag's name: one folder below `_manifests/tags`. */
export type TagName = string & { readonly [brand]: 'TagName' };

const TAG = /^\w[\w.-]{0,127}$/;
const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const DOMAIN_COMPONENT = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = `${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*(?::[0-9]+)?`;
/** One part of a name, wherever it stands. */
const PART = new RegExp(`^(?:${COMPONENT}|${DOMAIN})$`);
/** reference/regexp.go: an optional domain, then components joined by slashes. */
const NAME = new RegExp(`^(?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*$`);

const NAMED_DIGEST = /(?:sha256-[0-9a-f]{64}|sha512-[0-9a-f]{128})(?![0-9a-f])/;

/** A path part that a folder can have and that stays below its folder. */
export function isPlainPart(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && !part.includes('/') && !part.includes('\0');
}

/** A repository's name as found on disk: parts that the grammar knows, of any length and in any order. */
export function repositoryOnDisk(path: string): RepositoryName | undefined {
  return path.split('/').every((part) => PART.test(part)) ? (path as RepositoryName) : undefined;
}

/** True when the registry would accept `name` for a repository. */
export function isRepositoryName(name: string): name is RepositoryName {
  return name.length <= 512 && NAME.test(name);
}

/** True when the registry would accept `name` for a tag. */
export function isTagName(name: string): name is TagName {
  return TAG.test(name);
}

/**
 * The digest that a tag names, with any prefix and any suffix (`sha256-….sig`, `prod-sha256-….att`), as text; undefined where it names
 * none. cosign (pkg/oci/remote/remote.go) and clients without a referrers API find what describes an image by such tags.
 */
export function namedDigest(tag: string): string | undefined {
  return NAMED_DIGEST.exec(tag)?.[0].replace('-', ':');
}

/** True for text that selects by pattern rather than by exact name. */
export function isPattern(text: string): boolean {
  return /[*?[\]{}]/.test(text);
}

/**
 * `reference` without the registry host in front, as `docker` reads it: the first part is a host when it has a dot or a
 * colon, or is `localhost`. No `library/` is added. Returns undefined when there is no host.
 */
export function withoutHost(reference: string): string | undefined {
  const slash = reference.indexOf('/');
  if (slash <= 0) return undefined;
  const first = reference.slice(0, slash);
  return /[.:]/.test(first) || first === 'localhost' ? reference.slice(slash + 1) : undefined;
}
