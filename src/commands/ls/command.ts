// `regsweep ls`: what is in the registry.

import { command } from '../../cli/command.js';
import { EXIT } from '../../model/errors.js';
import type { RepositoryName } from '../../model/names.js';
import { checkReferences } from '../../plan/reference.js';

export const ls = command({
  name: 'ls',
  summary: 'List repositories and tags: digest, kind, platforms, size, pushed, created',
  arguments: {
    pattern: {
      takes: 'IMAGE',
      several: true,
      describe: 'IMAGE, IMAGE:TAG, or patterns of them (* ? [ab] {a,b} **); all if none is given',
    },
  },
  options: {},
  examples: [
    ['regsweep ls', 'List everything'],
    ["regsweep ls 'team/**'", 'List the repositories of one team'],
    ['regsweep ls team/app --json', 'One repository, for a program'],
  ],
  async run(options, session) {
    const [{ openSource }, { KnownNames }, { listingOf }, { listingDocument, listingLines, unreadableLines }] =
      await Promise.all([
        import('../../cli/source.js'),
        import('../../plan/known-names.js'),
        import('./listing.js'),
        import('./view.js'),
      ]);
    checkReferences(options.pattern);
    const source = await openSource(session);
    const named = options.pattern;
    const only = (names: readonly RepositoryName[]): ReadonlySet<number> => new KnownNames(names).spokenOf(named);
    const scan = await source.scan({ tagTimes: true }, named.length === 0 ? {} : { only });
    try {
      const listing = await listingOf(scan, source.tree.root, options.pattern, session.now());
      session.interruption.check();
      for (const { code, detail } of listing.problems) {
        if (code === 'pattern-matched-nothing') session.log.warn(`'${detail}' matches nothing.`);
      }
      if (session.options.json) await session.stdout.pieces(listingDocument(listing));
      else {
        const { style, bytes: byteStyle } = session;
        const verbose = session.options.verbose;
        await session.stdout.lines(listingLines(listing, { style, byteStyle, verbose }));
      }
      session.explain(unreadableLines(listing));
      const unread = listing.repositories.some(({ images }) => images.some(({ state }) => state === 'unreadable'));
      return unread ? EXIT.partial : EXIT.ok;
    } finally {
      await scan.close();
    }
  },
});
