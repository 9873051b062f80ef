// What a user typed for an image, a tag or a digest, taken apart and held to the grammar; nothing is looked up here. Text
// that could widen its target by accident (an empty tag, `..`, an absolute path) is a usage error, never a smaller match.

import { type Digest, parseDigest } from '../model/digest.js';
import { usageError } from '../model/errors.js';
import { isPattern, isRepositoryName, isTagName, withoutHost } from '../model/names.js';

/** `NAME[:TAG][@DIGEST]`, each of name and tag exact or a pattern. */
export interface Reference {
  /** As typed, for messages. */
  readonly text: string;
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

/**
 * Takes `text` apart. Throws a usage error for an empty name or tag, a digest that is none, and a name or tag that leaves
 * the registry's grammar and that `exists` does not know as a repository's.
 */
export function parseReference(text: string, exists: (name: string) => boolean): Reference {
  const at = text.lastIndexOf('@');
  const digestText = at < 0 ? undefined : text.slice(at + 1);
  const rest = at < 0 ? text : text.slice(0, at);
  const digest = digestText === undefined ? undefined : parseDigest(digestText);
  if (digestText !== undefined && digest === undefined) {
    throw usageError(
      `'${text}': '${digestText}' is not a digest.`,
      'A digest is sha256: and 64 lower-case hex digits.',
    );
  }
  if (exists(rest)) return { text, name: rest, tag: undefined, digest };
  const colon = rest.lastIndexOf(':');
  const tagged = colon > rest.lastIndexOf('/');
  const tag = tagged ? rest.slice(colon + 1) : undefined;
  const name = tagged ? rest.slice(0, colon) : rest;
  if (tag === '') {
    throw usageError(
      `'${text}' has an empty tag.`,
      `Name the tag, or omit the colon to mean all of ${name === '' ? 'a repository' : `'${name}'`}. Was a shell variable unset?`,
    );
  }
  checkName(text, name, exists);
  if (tag !== undefined && !isPattern(tag) && !isTagName(tag)) {
    throw usageError(
      `'${text}': '${tag}' is not a tag's name.`,
      'A tag is up to 128 letters, digits, _ . - and does not start with . or -',
    );
  }
  return { text, name, tag, digest };
}

/** A repository may bear a name that the registry's grammar forbids; only the tree shows it. */
const ON_SOME_DISK = /^\w[\w.-]*(?:\/\w[\w.-]*)*$/;

/** Takes `texts` apart before a tree is read. Throws a usage error for any that no tree could hold. */
export function checkReferences(texts: readonly string[]): readonly Reference[] {
  return texts.map((text) => parseReference(text, (name) => ON_SOME_DISK.test(name)));
}

/** As {@link checkReferences}, for a `command` that takes repositories only. */
export function checkScope(command: string, texts: readonly string[]): void {
  for (const { text, name, tag, digest } of checkReferences(texts)) {
    if (tag === undefined && digest === undefined) continue;
    throw usageError(
      `'${text}': ${command} takes repositories, not tags or digests.`,
      command === 'gc' || command === 'retain'
        ? `To remove a tag: regsweep rm ${text}`
        : `Name the repository: ${name}`,
    );
  }
}

/** The repository names or patterns that `name` can mean: itself, and itself without a registry host. */
export function possibleNames(name: string): readonly string[] {
  const bare = withoutHost(name);
  return bare === undefined || bare === '' ? [name] : [name, bare];
}

function checkName(text: string, name: string, exists: (name: string) => boolean): void {
  if (name === '') throw usageError(`'${text}' names no repository.`, 'Write IMAGE, IMAGE:TAG or IMAGE@DIGEST.');
  if (exists(name)) return;
  const parts = name.split('/');
  if (name.startsWith('/') || parts.includes('..') || parts.includes('.') || parts.includes('')) {
    throw usageError(
      `'${text}' is a path, not a repository's name.`,
      "Give the name as in a pull, such as 'team/app'; the tree is named by --root.",
    );
  }
  if (isPattern(name) || possibleNames(name).some((meaning) => exists(meaning) || isRepositoryName(meaning))) return;
  throw usageError(
    `'${name}' is not a repository's name.`,
    "Names are lower case: 'team/app', 'team/app:1.2', 'team/app@sha256:…'.",
  );
}
