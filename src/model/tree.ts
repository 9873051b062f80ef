// Where a registry's tree is; the paths of everything in it start here.

export interface Tree {
  /** Absolute; the registry's `rootdirectory`. */
  readonly root: string;
  /** Absolute; the folder that holds `blobs` and `repositories`. */
  readonly v2: string;
}
