// The sentence for each code of a plan. Reasons and problems are data everywhere else;
// what users read about them is changed here.

import type { ProblemCode } from '../inventory/inventory.js';
import { shortDigest } from '../model/digest.js';
import type { Reason, ReasonCode, RemovalKind, RemovalList } from '../plan/removal.js';
import type { Cause, LeftAlone, Verdict } from '../plan/types.js';
import { ageText, counted, printable, shellWord, timeText } from './text.js';

/** One and many of a kind. */
export const KIND_WORDS: Readonly<Record<RemovalKind, readonly [one: string, many: string]>> = {
  tag: ['tag', 'tags'],
  history: ['history entry', 'history entries'],
  revision: ['revision', 'revisions'],
  layerLink: ['layer link', 'layer links'],
  upload: ['upload', 'uploads'],
  blob: ['blob', 'blobs'],
  leftover: ['leftover file', 'leftover files'],
  directory: ['empty folder', 'empty folders'],
};

/** Such as `1 tag, 1 revision and 3 blobs`: without the folders that are left empty, unless they are all. */
export function removedText(removals: RemovalList): string {
  const counts = new Map<RemovalKind, number>();
  for (let index = 0; index < removals.length; index += 1) {
    const kind = removals.kindAt(index);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  if (counts.size > 1) counts.delete('directory');
  const parts = [...counts].map(([kind, count]) => counted(count, ...KIND_WORDS[kind]));
  return [...parts.slice(0, -2), parts.slice(-2).join(' and ')].join(', ');
}

const REASONS: Readonly<Record<ReasonCode, string>> = {
  named: 'named in the request',
  'tag-of-named': 'points at a digest named in the request',
  'repository-named': 'part of a repository named in the request',
  'not-retained': 'no keep rule keeps it',
  released: 'only removed tags led to it',
  untagged: 'no tag refers to it',
  'signature-of-removed': 'describes an image that goes',
  'dangling-signature': 'describes an image that is in no repository',
  broken: 'cannot be pulled any more',
  'history-of-removed': 'its revision goes',
  'history-dangling': 'its revision is not there',
  'link-released': 'only removed revisions named it',
  'link-unused': 'no revision of the repository names it',
  'upload-expired': 'started too long ago and never finished',
  'blob-released': 'this run takes the last reference',
  'blob-unreferenced': 'nothing references it',
  'leftover-expired': 'left behind by a crash of the registry',
  emptied: 'this run takes all that is in it',
  empty: 'found empty',
};

/** Every code of a reason. */
export const REASON_CODES = Object.keys(REASONS) as readonly ReasonCode[];

/** Why things of this reason go, told once for all of them. */
export function reasonText(code: ReasonCode): string {
  return REASONS[code];
}

/** Why one thing goes, with what proves it. */
export function reasonWithEvidence({ code, evidence }: Reason): string {
  const facts = Object.entries(evidence).map(([key, value]) => evidenceText(key, value));
  return facts.length === 0 ? REASONS[code] : `${REASONS[code]} (${facts.join(', ')})`;
}

function evidenceText(key: string, value: string | number): string {
  if (typeof value === 'number') {
    if (key.endsWith('Ms')) return `${spaced(key.slice(0, -2))} ${ageText(value)}`;
    return `${spaced(key)} ${value}`;
  }
  return `${spaced(key)} ${shortened(value)}`;
}

/** A digest and a point in time as people tell them apart. */
function shortened(value: string): string {
  if (/^[a-z0-9]+:[0-9a-f]{32,}$/.test(value)) return shortDigest(value);
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? timeText(Date.parse(value)) : printable(value);
}

function spaced(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

interface ProblemWords {
  readonly what: string;
  readonly todo: string;
}

const PROBLEMS: Readonly<Record<ProblemCode, ProblemWords>> = {
  'manifest-unreadable': {
    what: 'a manifest cannot be read',
    todo: 'Look at the disk and at the permissions of the file.',
  },
  'manifest-too-large': {
    what: 'a manifest is larger than the 4 MiB that a registry accepts',
    todo: 'Find out what it is; `regsweep rm` with its digest removes it.',
  },
  'manifest-truncated': {
    what: 'a manifest is cut short',
    todo: 'Push the image again, or remove it with `regsweep rm` and its digest.',
  },
  'manifest-digest-mismatch': {
    what: 'a manifest is not what its digest says',
    todo: 'Push the image again, or remove it with `regsweep rm` and its digest.',
  },
  'manifest-unknown-shape': {
    what: 'a manifest is of an unknown kind, so what it needs is unknown',
    todo: 'Find out what wrote it; `regsweep rm` with its digest removes it.',
  },
  'manifest-missing': {
    what: 'a manifest is not there, so pulls of it fail',
    todo: 'Push the image again, or remove what is broken with `regsweep gc --broken`.',
  },
  'tag-unreadable': {
    what: 'a tag is not a folder that can be followed',
    todo: 'Mount the disk that it is on, or remove what lies in its place.',
  },
  'revision-unreadable': {
    what: 'a revision is not a folder that can be followed',
    todo: 'Mount the disk that it is on, or remove what lies in its place.',
  },
  'layer-link-unreadable': {
    what: 'a layer link is not a folder that can be followed',
    todo: 'Mount the disk that it is on, or remove what lies in its place.',
  },
  'blob-unreadable': {
    what: 'a blob cannot be read',
    todo: 'Look at the disk and at the permissions of the file.',
  },
  'tag-link-missing': {
    what: 'a tag points nowhere',
    todo: 'Push the tag again, or remove it with `regsweep rm`.',
  },
  'tag-link-empty': {
    what: "a tag's link is an empty file, as a crash or a full disk leaves it",
    todo: 'Push the tag again, or remove it with `regsweep rm`.',
  },
  'tag-link-garbled': {
    what: "a tag's link holds no digest",
    todo: 'Push the tag again, or remove it with `regsweep rm`.',
  },
  'layer-link-garbled': {
    what: "a layer's link holds no digest",
    todo: 'Push an image with this layer again.',
  },
  'revision-link-garbled': {
    what: "a revision's link holds no digest",
    todo: 'Push the image again.',
  },
  'foreign-entry': {
    what: 'something that no registry writes',
    todo: 'It was left in place; move it out of the tree if it is not needed.',
  },
  'hard-linked': {
    what: 'a file has further hard links, so its space is not freed',
    todo: 'Delete the other links as well to get the space back.',
  },
  'pattern-matched-nothing': {
    what: 'matches nothing',
    todo: '`regsweep ls` lists what there is.',
  },
  'in-use': {
    what: 'images in use elsewhere',
    todo: 'Entries that are not here may belong to another registry.',
  },
  'pull-through-cache': {
    what: 'this tree is a pull-through cache',
    todo: 'What is removed is fetched again at the next pull; the registry may log entries that it misses.',
  },
  symlinked: {
    what: 'reached through a symbolic link',
    todo: 'Its content is read and cleaned where it really lies.',
  },
};

/** Every code of a problem. */
export const PROBLEM_CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];

export function problemText(code: ProblemCode): string {
  return PROBLEMS[code].what;
}

export function problemTodo(code: ProblemCode): string {
  return PROBLEMS[code].todo;
}

/** True where a problem is a remark on the tree, not damage in it. */
export function isRemark(code: ProblemCode): boolean {
  return REMARKS.has(code);
}

const REMARKS: ReadonlySet<ProblemCode> = new Set([
  'pattern-matched-nothing',
  'in-use',
  'pull-through-cache',
  'symlinked',
  'foreign-entry',
]);

/** Why something was left alone, and the way to have it done all the same. */
export function leftAloneText({ code, count }: LeftAlone): string {
  switch (code) {
    case 'tagless':
      return `left alone: ${counted(count, 'revision')} but no tag; name it exactly or use --tagless to sweep it`;
    case 'last-tag':
      return `left alone: it would lose its last tag (${count} would go); use --allow-empty to remove it`;
    case 'copied-times':
      return count === 1
        ? 'left alone: its tag was pushed at the same time as those of other repositories, as in a copied tree; use --by'
        : `left alone: its ${counted(count, 'tag')} were all pushed at the same time, as in a copied tree; use --by`;
  }
}

/** Why a tag stays or goes: `keep-semver #2`, `pushed 412 days ago`. */
export function verdictText({ keep, rule, rank, ageMs, ageOf }: Verdict): string {
  const word = VERDICT_RULES[rule] ?? rule;
  if (keep) return rank === undefined ? word : `${word} #${rank}`;
  if (rule === 'follows-subject') return 'a signature: what it signs goes';
  return ageMs === undefined ? 'no rule keeps it' : `${ageOf ?? 'pushed'} ${ageText(ageMs)} ago`;
}

const VERDICT_RULES: Readonly<Record<string, string>> = {
  'out-of-scope': 'not in scope',
  'not-old-enough': 'younger than --older-than',
  'no-version': 'no version: version rules do not touch it',
  'unknown-date': 'its date is unknown',
  'follows-subject': 'a signature: follows what it signs',
  frozen: 'its repository is frozen',
  grace: 'younger than --grace',
  broken: 'it cannot be pulled: `regsweep gc --broken` removes it',
  'last-tag': 'its repository would lose its last tag',
  'copied-times': 'push times were lost by copying',
};

/** Such as `regsweep rm app:v1 --root /srv/registry`: pasted anywhere, a command works on the tree that it was printed for. */
export function commandOn(root: string, command: string): string {
  return `${command} --root ${shellWord(root)}`;
}

/** What unfreezes a repository: what lists the cause, directly or not, is removed with it. */
export function unfreezeText({ reference, listedBy = [] }: Cause): string {
  const listers = new Set(listedBy);
  // Grows while it is iterated.
  for (const lister of listers) for (const each of lister.listedBy) listers.add(each);
  const others = [...listers].map((lister) => lister.reference).filter((each) => each !== reference);
  return `regsweep rm ${[...others.sort(), reference].map(shellWord).join(' ')}`;
}

/** What the operator does after a run. */
export interface NextStep {
  readonly code: 'start-registry' | 'flush-redis' | 'empty-trash';
  readonly command?: string;
}

const NEXT: Readonly<Record<NextStep['code'], string>> = {
  'start-registry': 'Start the registry again; a running one must be restarted, since it remembers deleted layers.',
  'flush-redis': 'Flush the redis that the registry caches in, or pushes will skip layers that are gone',
  'empty-trash': 'What went is kept; free its space when you are content',
};

export function nextText({ code, command }: NextStep): string {
  return command === undefined ? NEXT[code] : `${NEXT[code]}: ${command}`;
}
