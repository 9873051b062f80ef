// What keeps a thing, as chains on the screen and as JSON, each with the way out of what is damaged; for what nothing keeps, the
// command that deletes it.

import { shortDigest } from '../../model/digest.js';
import { FORMAT } from '../../report/json.js';
import { type Style, wrapped } from '../../report/table.js';
import { counted, grouped, printable, shellWord } from '../../report/text.js';
import { commandOn, problemText, unfreezeText } from '../../report/words.js';
import type { Chain, Link } from './chains.js';
import type { Explanation, Sweep } from './verdict.js';

export interface WhyResult extends Explanation {
  readonly root: string;
  /** As asked for. */
  readonly what: string;
  /** Undefined for a tag whose link cannot be read. */
  readonly digest: string | undefined;
  /** False where no blob of that digest is there. */
  readonly stored: boolean;
}

/** Chains, and causes of one, that are shown without `verbose`. */
const FEW = 10;
const FEW_CAUSES = 3;

export function* whyLines(result: WhyResult, style: Style, verbose: boolean): Generator<string> {
  const { root, what, digest, stored, chains, kept, deletedBy, refusal } = result;
  const name = digest === undefined ? printable(what) : nameOf(what, digest);
  const linked = chains.length > 0 || deletedBy !== undefined;
  yield wrapped(
    style.bold(linked || stored ? headline(name, result) : `${name} is named by nothing and stored nowhere.`),
    style.width,
  );
  if (!stored && linked && digest !== undefined)
    yield style.warn('  no such blob is stored: only references to it are there');
  const shown = verbose ? chains : chains.slice(0, FEW);
  for (const chain of shown) yield* chainLines(chain, result, style, verbose);
  if (shown.length < chains.length)
    yield style.dim(`  … and ${grouped(chains.length - shown.length)} more; -v shows all`);
  if (refusal !== undefined) {
    yield wrapped(`  gc would delete it, and refuses to: ${printable(refusal.message)}`, style.width, '    ');
    if (deletedBy === undefined) yield wrapped(`    ${printable(refusal.hint)}`, style.width, '    ');
  }
  if (deletedBy !== undefined) yield `  deleted ${kept ? 'anyway ' : ''}by  ${commandOn(root, sweepText(deletedBy))}`;
}

/** A short digest is shown in full, a name with its digest. */
function nameOf(what: string, digest: string): string {
  return /^(?:sha\d+:)?[0-9a-f]+$/.test(what) && digest.includes(what)
    ? digest
    : `${printable(what)} (${shortDigest(digest)})`;
}

function headline(name: string, { chains, kept }: WhyResult): string {
  const tags = chains.filter(({ root }) => root.kind === 'tag').length;
  if (kept && tags > 0) return `${name} is kept by ${counted(tags, 'tag')}.`;
  if (kept) return `${name} is kept, though by no tag.`;
  if (chains.length === 0) return `Nothing keeps ${name}.`;
  return tags > 0
    ? `${name} goes, though its blob is kept by ${counted(tags, 'tag')}.`
    : `Nothing keeps ${name} for good.`;
}

function* chainLines(
  chain: Chain,
  { root: tree, digest }: WhyResult,
  style: Style,
  verbose: boolean,
): Generator<string> {
  const { root, links } = chain;
  const from = digest === undefined ? '' : shortDigest(digest);
  yield wrapped(`  ${from}${links.map(linkText).join('')}${rootText(chain, from === '')}`, style.width, '      ');
  if (root.kind === 'frozen' || root.kind === 'doubt') {
    const causes = verbose ? root.causes : root.causes.slice(0, FEW_CAUSES);
    for (const cause of causes) {
      yield wrapped(`      ${problemText(cause.code)}: ${printable(cause.path)}`, style.width, '        ');
      yield wrapped(
        `        restore that file, push again, or  ${commandOn(tree, unfreezeText(cause))}`,
        style.width,
        '        ',
      );
    }
    const more = root.causes.length - causes.length;
    if (more > 0) yield style.dim(`      … and ${grouped(more)} more; -v shows all`);
  }
  if (root.kind === 'unexplained')
    for (const command of waysOut(chain)) yield `      way out  ${commandOn(tree, command)}`;
}

function linkText({ as, digest }: Link): string {
  const by = digest === undefined ? '' : ` ${shortDigest(digest)}`;
  switch (as) {
    case 'config':
      return ` <- config of${by}`;
    case 'layer':
      return ` <- layer of${by}`;
    case 'manifest':
      return ` <- listed by index${by}`;
    case 'blob':
      return ` <- named by${by}`;
    case 'referrer':
      return ` <- describes${by}`;
    case 'signature':
      return ` <- signature of${by}`;
    case 'revision':
      return ` <- served as${by}`;
    default:
      return '';
  }
}

function rootText({ repository, root }: Chain, alone: boolean): string {
  const name = printable(repository);
  switch (root.kind) {
    case 'tag':
      return ` <- ${name}:${printable(root.tag)}`;
    case 'signature':
      return ` <- ${name}:${printable(root.tag)}, which goes with what it describes`;
    case 'untagged':
      return ` <- ${name}, untagged`;
    case 'layerLink':
      return ` <- linked in ${name}, named by no image there`;
    case 'unexplained':
      return ` <- linked in ${name}, where ${shortDigest(root.digest)} is missing that may name it`;
    case 'frozen':
      return alone ? `its repository ${name} is frozen:` : ` <- in ${name}, which is frozen: all of it stays`;
    case 'doubt':
      return ` <- may be named in ${name} by what cannot be read`;
  }
}

/** What takes a root away: the commands that a chain names, one for each cause. */
export function waysOut({ repository, root }: Chain): readonly string[] {
  const name = shellWord(repository);
  switch (root.kind) {
    case 'untagged':
      return [`regsweep gc ${name} --untagged`];
    case 'layerLink':
      return [`regsweep gc ${name}`];
    case 'unexplained':
      return [`regsweep gc ${name} --broken`];
    case 'frozen':
    case 'doubt':
      return root.causes.map((cause) => unfreezeText(cause));
    default:
      return [];
  }
}

/** The command line that a sweep is. */
export function sweepText({ repositories, ...options }: Sweep): string {
  const flags = Object.entries(options).flatMap(([name, on]) =>
    on ? [`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`] : [],
  );
  return ['regsweep gc', ...repositories.map(shellWord), ...flags].join(' ');
}

export function* whyDocument(result: WhyResult): Generator<string> {
  const { root, what, digest, stored, chains, kept, deletedBy, refusal } = result;
  const document = {
    format: FORMAT,
    command: 'why',
    root,
    what,
    digest: digest ?? null,
    stored,
    kept,
    deletedBy: deletedBy === undefined ? null : sweepText(deletedBy),
    refusal: refusal ?? null,
    chains: chains.map((chain) => ({ ...chain, waysOut: waysOut(chain) })),
  };
  yield `${JSON.stringify(document, undefined, 2)}\n`;
}
