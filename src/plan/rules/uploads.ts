// Rule 3.9: expired uploads, and the uploads of a repository that goes whole.

import type { Draft } from '../draft.js';
import { reason } from '../removal.js';

export function deleteUploads(draft: Draft): void {
  const { request } = draft;
  for (const part of draft.repositories) {
    for (const upload of part.repository.uploads) {
      if (part.named.whole) part.uploads.set(upload.id, reason('repository-named'));
      if (request.command !== 'gc' || !part.inScope) continue;
      const ageMs = request.nowMs - (upload.startedMs ?? upload.newestMs);
      const young = request.graceMs > 0 && request.nowMs - upload.newestMs < request.graceMs;
      if (ageMs > request.uploadsOlderThanMs && !young)
        part.uploads.set(
          upload.id,
          reason('upload-expired', { begun: new Date(upload.startedMs ?? upload.newestMs).toISOString() }),
        );
    }
  }
}
