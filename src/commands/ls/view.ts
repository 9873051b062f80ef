// What `ls` shows: repositories, their tags, and what describes them, as plain data, and its two forms: lines and JSON.

import type { Problem } from '../../inventory/inventory.js';
import type { ManifestKind } from '../../manifest/parse.js';
import type { Digest } from '../../model/digest.js';
import { shortDigest } from '../../model/digest.js';
import type { RepositoryName, TagName } from '../../model/names.js';
import { FORMAT, gathered, list } from '../../report/json.js';
import { problemLines } from '../../report/problem-lines.js';
import { type Column, type Style, tableLines, wrapped } from '../../report/table.js';
import { type ByteStyle, bytesText, counted, printable, timeText } from '../../report/text.js';

/** Something that describes an image: a signature's tag, or a manifest with the image as its `subject`. */
export interface Companion {
  readonly how: 'signature' | 'referrer';
  readonly tag: TagName | undefined;
  readonly digest: Digest | undefined;
  readonly artifactType: string | undefined;
}

export interface ListedImage {
  /** Undefined for a revision listed by its digest. */
  readonly tag: TagName | undefined;
  /** Undefined where the tag's link cannot be read. */
  readonly digest: Digest | undefined;
  /** `ok`, `missing` (no manifest), `unreadable` (manifest), `broken-link`. */
  readonly state: 'ok' | 'missing' | 'unreadable' | 'broken-link';
  readonly kind: ManifestKind | undefined;
  readonly mediaType: string | undefined;
  readonly artifactType: string | undefined;
  /** `os/architecture[/variant]`, in the manifest's order. */
  readonly platforms: readonly string[];
  /** Bytes of all blobs that a pull of every platform takes, each once. */
  readonly bytes: number;
  /** ms since 1970. */
  readonly pushedMs: number | undefined;
  readonly createdMs: number | undefined;
  readonly companions: readonly Companion[];
}

export interface ListedRepository {
  readonly repository: RepositoryName;
  readonly images: readonly ListedImage[];
  readonly revisions: number;
  /** Revisions that no tag refers to. */
  readonly untagged: number;
}

export interface Listing {
  readonly root: string;
  readonly repositories: readonly ListedRepository[];
  /** Bytes of all blobs of the images listed, each once. */
  readonly bytes: number;
  readonly problems: readonly Problem[];
}

const COLUMNS: readonly Column[] = [
  { title: 'IMAGE', shrinks: true },
  { title: 'DIGEST', drops: 1 },
  { title: 'KIND', least: 11 },
  { title: 'PLATFORMS', least: 15, drops: 2 },
  { title: 'SIZE', align: 'right' },
  { title: 'PUSHED', drops: 3 },
  { title: 'CREATED', drops: 4 },
];

/** The lines of a listing, without line ends. */
export function* listingLines(
  { root, repositories, bytes, problems }: Listing,
  { style, byteStyle, verbose }: { readonly style: Style; readonly byteStyle: ByteStyle; readonly verbose: boolean },
): Generator<string> {
  const rows: string[][] = [];
  const { platforms, bare } = roomOf(style.width, verbose);
  for (const { repository, images, revisions, untagged } of repositories) {
    for (const image of images) rows.push(...imageRows(repository, image, { byteStyle, verbose, platforms, bare }));
    if (images.length === 0) rows.push([printable(repository), '', revisions === 0 ? 'empty' : 'no tags']);
    if (untagged > 0) rows.push([`  + ${counted(untagged, 'untagged revision')}`]);
  }
  if (rows.length > 0) {
    yield* tableLines(COLUMNS, rows, style);
    if (problems.length === 0) yield '';
  }
  yield* problemLines(problems, { style, verbose });
  if (problems.length > 0) yield '';
  const tags = repositories.reduce((sum, { images }) => sum + tagCount(images), 0);
  const sum = `${counted(repositories.length, 'repository', 'repositories')}, ${counted(tags, 'tag')}`;
  const size = `${bytesText(bytes, byteStyle)}${byteStyle === 'exact' ? ' bytes' : ''}`;
  yield style.bold(wrapped(`${sum}, ${size} (each blob once) in ${printable(root)}`, style.width, '  '));
}

/** Tags among `images`, with those that are shown below what they describe: `du` counts them too. */
function tagCount(images: readonly ListedImage[]): number {
  const tags = new Set<TagName>();
  for (const { tag, companions } of images) {
    for (const each of [tag, ...companions.map((companion) => companion.tag)]) if (each !== undefined) tags.add(each);
  }
  return tags.size;
}

/** What there is room for on a terminal of some width; in a pipe everything. */
interface Room {
  /** Platforms shown of one image. */
  readonly platforms: number;
  /** sha256 digests without their algorithm, as docker shows them; `why` finds them all the same. */
  readonly bare: boolean;
}

function roomOf(columns: number | undefined, verbose: boolean): Room {
  const wide = columns === undefined || columns >= 160;
  return {
    platforms: verbose ? Number.POSITIVE_INFINITY : wide ? FEW_PLATFORMS : 1,
    bare: !verbose && columns !== undefined && columns < 100,
  };
}

function* imageRows(
  repository: RepositoryName,
  image: ListedImage,
  { byteStyle, verbose, platforms, bare }: Room & { readonly byteStyle: ByteStyle; readonly verbose: boolean },
): Generator<string[]> {
  const { tag, digest, state, bytes, pushedMs, createdMs } = image;
  const short = (of: Digest | undefined): string => {
    if (of === undefined) return '-';
    return verbose ? of : bare ? shortDigest(of).replace(/^sha256:/, '') : shortDigest(of);
  };
  const name = tag === undefined ? `${repository}@${shortDigest(digest ?? '')}` : `${repository}:${tag}`;
  yield [
    printable(name),
    short(digest),
    state === 'ok' ? kindText(image, verbose) : STATES[state],
    platformsText(image.platforms, platforms),
    state === 'ok' ? bytesText(bytes, byteStyle) : '-',
    timeText(pushedMs),
    timeText(createdMs),
  ];
  const last = image.companions.length - 1;
  for (const [at, { how, tag: ofTag, digest: of, artifactType }] of image.companions.entries()) {
    const named = ofTag === undefined ? how : `${how} ${shortTag(ofTag, verbose)}`;
    yield [`  ${at === last ? '└' : '├'} ${printable(named)}`, short(of), typeText(artifactType ?? '', verbose)];
  }
}

const STATES: Readonly<Record<Exclude<ListedImage['state'], 'ok'>, string>> = {
  missing: 'no manifest',
  unreadable: 'unreadable',
  'broken-link': 'broken link',
};

function kindText({ kind, artifactType, mediaType }: ListedImage, verbose: boolean): string {
  if (kind === 'other') return typeText(artifactType ?? mediaType ?? 'other', verbose);
  return artifactType === undefined ? (kind ?? '') : `${kind} (${typeText(artifactType, verbose)})`;
}

/** A media type without what all of them have: `vnd.example.sbom.v1`. */
function typeText(type: string, verbose: boolean): string {
  return printable(verbose ? type : type.replace(/^application\//, '').replace(/\+json$/, ''));
}

/** `sha256-0123456789ab….sig`. */
function shortTag(tag: string, verbose: boolean): string {
  if (verbose) return tag;
  return tag.replace(/^(sha\d+-[0-9a-f]{12})[0-9a-f]+/, '$1…');
}

const FEW_PLATFORMS = 3;

function platformsText(platforms: readonly string[], most: number): string {
  const shown = platforms.slice(0, most);
  const more = platforms.length - shown.length;
  return shown.map(printable).join(', ') + (more > 0 ? `, +${more}` : '');
}

/** The listing as one JSON document, in pieces. */
export function* listingDocument(listing: Listing): Generator<string> {
  yield* gathered(listingPieces(listing));
}

function* listingPieces({ root, repositories, bytes, problems }: Listing): Generator<string> {
  yield `{\n  "format": ${FORMAT},\n  "command": "ls",\n  "root": ${JSON.stringify(root)},\n  "repositories": `;
  yield* list(repositoryEntries(repositories));
  yield `,\n  "bytes": ${bytes},\n  "problems": `;
  yield* list(problems);
  yield '\n}\n';
}

function* repositoryEntries(repositories: readonly ListedRepository[]): Generator<unknown> {
  for (const { repository, images, revisions, untagged } of repositories) {
    yield { repository, revisions, untagged, images: images.map(imageEntry) };
  }
}

function imageEntry(image: ListedImage): unknown {
  const { tag, digest, state, kind, mediaType, artifactType, platforms, bytes, pushedMs, createdMs, companions } =
    image;
  return {
    tag: tag ?? null,
    digest: digest ?? null,
    state,
    kind: kind ?? null,
    mediaType: mediaType ?? null,
    artifactType: artifactType ?? null,
    platforms,
    bytes,
    pushed: isoTime(pushedMs),
    created: isoTime(createdMs),
    companions: companions.map((companion) => ({
      how: companion.how,
      tag: companion.tag ?? null,
      digest: companion.digest ?? null,
      artifactType: companion.artifactType ?? null,
    })),
  };
}

function isoTime(ms: number | undefined): string | null {
  return ms === undefined || !Number.isFinite(ms) ? null : new Date(ms).toISOString();
}

/** Images that a listing shows and whose manifest cannot be read. */
export function* unreadableLines({ repositories }: Listing): Generator<string> {
  for (const { repository, images } of repositories) {
    for (const { tag, digest, state } of images) {
      if (state !== 'unreadable') continue;
      const name = tag === undefined ? `${repository}@${shortDigest(digest ?? '')}` : `${repository}:${tag}`;
      yield `the manifest of ${printable(name)} cannot be read; \`regsweep check\` says more`;
    }
  }
}
