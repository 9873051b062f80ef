// The command line of delete_docker_registry_image.py, put into words of regsweep. It names the same things or fewer, never
// more: what the old script widened (a pattern, an empty tag, a path) is refused here or by the command it leads to.

import { parseArgs } from 'node:util';
import { usageError } from '../model/errors.js';
import { isPattern } from '../model/names.js';

/** Where the old script looks when REGISTRY_DATA_DIR is not set; the folder v2 itself, not the root. */
export const LEGACY_TREE = '/opt/registry_data/docker/registry/v2';

export const LEGACY_HELP = `delete_docker_registry_image.js -i IMAGE[:TAG] [options]

Takes the options of delete_docker_registry_image.py and runs regsweep with them. Asks nothing.
Stop the registry first. The tree is REGISTRY_DATA_DIR, else ${LEGACY_TREE}.

  -i, --image IMAGE[:TAG]  Remove this tag; without :TAG the whole repository
  -n, --dry-run            Show what would go, change nothing
  -u, --untagged           Remove what no tag of IMAGE leads to, instead of IMAGE
  -p, --prune              Then also remove empty folders
  -v, --verbose            Tell what is being done
  -f, --force              Nothing, as in the old script
  -h, --help               This text

Exit status: as of regsweep; 0 only where everything was done.
`;

export interface Translated {
  readonly help: boolean;
  /** True where --force was given, which does nothing. */
  readonly force: boolean;
  /** Words for regsweep, a run each; a run that does not end with 0 ends the sequence. */
  readonly runs: readonly (readonly string[])[];
}

/**
 * What the old script's `words` mean (burnettk/delete-docker-registry-image, main). Throws a usage error where they mean
 * nothing, or more than one thing.
 */
export function translate(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Translated {
  const options = parsed(words);
  const force = options.force === true;
  if (options.help === true) return { help: true, force, runs: [] };
  const image = imageOf(options.image ?? []);
  const tree = environment['REGISTRY_DATA_DIR'] ?? LEGACY_TREE;
  if (tree === '') throw usageError('REGISTRY_DATA_DIR is empty.', "Set it to the registry's folder, or unset it.");
  const rest = [
    options['dry-run'] === true ? '--dry-run' : '--yes',
    ...(options.verbose === true ? ['--verbose'] : []),
    '--root',
    tree,
  ];
  const first = options.untagged === true ? ['gc', repositoryIn(image), '--untagged', ...NO_UPLOADS] : ['rm', image];
  const runs = [[...first, ...rest]];
  if (options.prune === true) runs.push(['gc', ...FOLDERS_ONLY, ...rest]);
  return { help: false, force, runs };
}

/** The old script knows no uploads. */
const NO_UPLOADS: readonly string[] = ['--uploads-older-than', '100y'];
/** Everything is younger than this, so that of `gc` only the empty folders are left: all that the old --prune removes. */
const FOLDERS_ONLY: readonly string[] = ['--grace', '100y', ...NO_UPLOADS];

function parsed(words: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...words],
      strict: true,
      allowPositionals: false,
      options: {
        image: { type: 'string', short: 'i', multiple: true },
        'dry-run': { type: 'boolean', short: 'n' },
        untagged: { type: 'boolean', short: 'u' },
        prune: { type: 'boolean', short: 'p' },
        verbose: { type: 'boolean', short: 'v' },
        force: { type: 'boolean', short: 'f' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    throw usageError((error as Error).message.split('\n')[0]!, SEE_HELP);
  }
}

const SEE_HELP = 'See: delete_docker_registry_image.js --help';

function imageOf(images: readonly string[]): string {
  const [image] = images;
  if (image === undefined) throw usageError('--image is missing: there is nothing to remove.', SEE_HELP);
  if (images.length > 1) throw usageError('--image is given twice.', 'Give one image; regsweep rm takes several.');
  if (image === '') throw usageError('--image is empty.', 'Was a shell variable unset?');
  if (image.startsWith('-')) throw usageError(`--image '${image}' is not an image.`, SEE_HELP);
  if (isPattern(image)) {
    throw usageError(`--image must be an exact name, not '${image}'.`, 'For patterns: regsweep rm PATTERN --dry-run');
  }
  return image;
}

/** The repository whose untagged go. The old script ignores a tag beside --untagged; whoever wrote it may have meant either. */
function repositoryIn(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1);
  if (!/[:@]/.test(name)) return image;
  const repository = image.slice(0, image.length - name.length) + name.split(/[:@]/)[0];
  throw usageError(
    `--untagged works on a repository, and '${image}' is more than one's name.`,
    `Give -i ${repository} -u for untagged manifests, or -i ${image} without -u.`,
  );
}
