// Where a registry's tree is; the paths of everything in it start here.

export interface Tree {
  /** Absolute; the registry's `rootdirectory`, as it was given. */
  readonly root: string;
  /** Absolute; the folder that holds `blobs` and `repositories`. */
  readonly v2: string;
  /** Absolute; its `.regsweep` holds lock, runs and trash. It is the same whichever path reaches v2. */
  readonly home: string;
}
