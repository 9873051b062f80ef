// The storage tree's paths, spelled a second time and on purpose: a test that built its trees with src/model/layout.ts would
// agree with every mistake in it. All paths are relative to v2. Source: distribution registry/storage/paths.go.

/** `sha256:<hex>` as the folders `sha256/<hex>`; a tarsum as `tarsum/<version>/<algorithm>/<hex>`. */
function folders(digest: string): string {
  const [algorithm = '', encoded = ''] = digest.split(':');
  const tarsum = /^tarsum(?:\.(\w+))?\+(\w+)$/.exec(algorithm);
  return tarsum === null ? `${algorithm}/${encoded}` : `tarsum/${tarsum[1] ?? 'v0'}/${tarsum[2]}/${encoded}`;
}

export const at = {
  repository: (repository: string) => `repositories/${repository}`,
  manifests: (repository: string) => `repositories/${repository}/_manifests`,
  layers: (repository: string) => `repositories/${repository}/_layers`,
  uploads: (repository: string) => `repositories/${repository}/_uploads`,
  tags: (repository: string) => `repositories/${repository}/_manifests/tags`,
  tag: (repository: string, tag: string) => `repositories/${repository}/_manifests/tags/${tag}`,
  current: (repository: string, tag: string) => `repositories/${repository}/_manifests/tags/${tag}/current/link`,
  history: (repository: string, tag: string, digest: string) =>
    `repositories/${repository}/_manifests/tags/${tag}/index/${folders(digest)}/link`,
  revisions: (repository: string) => `repositories/${repository}/_manifests/revisions`,
  revision: (repository: string, digest: string) =>
    `repositories/${repository}/_manifests/revisions/${folders(digest)}/link`,
  signature: (repository: string, revision: string, signature: string) =>
    `repositories/${repository}/_manifests/revisions/${folders(revision)}/signatures/${folders(signature)}/link`,
  layer: (repository: string, digest: string) => `repositories/${repository}/_layers/${folders(digest)}/link`,
  upload: (repository: string, id: string) => `repositories/${repository}/_uploads/${id}`,
  blob: (digest: string) => {
    const [algorithm = '', encoded = ''] = digest.split(':');
    return `blobs/${algorithm}/${encoded.slice(0, 2)}/${encoded}/data`;
  },
};
