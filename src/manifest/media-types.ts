// Media types that registries store, by name. They label what is shown; what keeps what is never decided by them (rule 2.4).

export const SCHEMA1 = 'application/vnd.docker.distribution.manifest.v1+json';
export const SCHEMA1_SIGNED = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
export const SCHEMA2 = 'application/vnd.docker.distribution.manifest.v2+json';
export const MANIFEST_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json';
export const ORAS_ARTIFACT = 'application/vnd.cncf.oras.artifact.manifest.v1+json';

const KNOWN: ReadonlySet<string> = new Set([
  SCHEMA1,
  SCHEMA1_SIGNED,
  SCHEMA2,
  MANIFEST_LIST,
  OCI_MANIFEST,
  OCI_INDEX,
  OCI_ARTIFACT,
  ORAS_ARTIFACT,
]);

/** True for a manifest media type whose fields are laid down; any other is read for every descriptor in it. */
export function isKnownManifestType(mediaType: string): boolean {
  return KNOWN.has(mediaType);
}

/** Layers that need not be in the registry: foreign (Docker) and non-distributable (OCI) ones. */
export function isForeignLayer(mediaType: string): boolean {
  return mediaType.includes('.foreign.') || mediaType.includes('.nondistributable.');
}
