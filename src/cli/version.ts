// The version of the package that this program belongs to.

import manifest from '../../package.json' with { type: 'json' };

export const version = (): string => manifest.version;
