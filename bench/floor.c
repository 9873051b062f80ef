// The bare calls of a scan, one thread, nothing kept but digests: what the file system itself takes. floor V2ROOT
// Lists name spaces and repositories, reads each tag's current/link, lists revisions, layer links and blobs, and reads each manifest once.

#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *digests;
static size_t count, room;

static void add(const char *hex) {
  if (count == room) digests = realloc(digests, (room = room ? room * 2 : 1024) * 64);
  memcpy(digests + 64 * count++, hex, 64);
}

static ssize_t slurp(int at, const char *path, char *buffer, size_t size) {
  int fd = openat(at, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  size_t total = 0;
  for (ssize_t n; total < size && (n = read(fd, buffer + total, size - total)) > 0;) total += n;
  close(fd);
  return total;
}

/* Calls each name in a folder; what it is told decides nothing here. */
static void list(int at, const char *path, void (*each)(int folder, const char *name)) {
  int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *folder = fd < 0 ? NULL : fdopendir(fd);
  if (folder == NULL) return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
    if (entry->d_name[0] != '.') each(fd, entry->d_name);
  closedir(folder);
}

static void tag(int folder, const char *name) {
  char path[512], link[128];
  snprintf(path, sizeof path, "%s/current/link", name);
  if (slurp(folder, path, link, sizeof link) >= 71) add(link + 7);
}
static void revision(int folder, const char *name) {
  (void)folder;
  if (strlen(name) == 64) add(name);
}
static void nothing(int folder, const char *name) {
  (void)folder;
  (void)name;
}

static void space(int folder, const char *name) {
  if (name[0] == '_') {
    if (strcmp(name, "_manifests") == 0) {
      list(folder, "_manifests/tags", tag);
      list(folder, "_manifests/revisions/sha256", revision);
      list(folder, "_layers/sha256", nothing);
    }
    return;
  }
  list(folder, name, space);
}
static void prefix(int folder, const char *name) { list(folder, name, nothing); }

static int order(const void *a, const void *b) { return memcmp(a, b, 64); }

int main(int argc, char **argv) {
  int root = argc > 1 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_PATH) : -1;
  if (root < 0) return 2;
  list(root, "repositories", space);
  list(root, "blobs/sha256", prefix);
  qsort(digests, count, 64, order);
  char *manifest = malloc(4 << 20), path[128];
  size_t read_ = 0;
  for (size_t i = 0; i < count; i += 1) {
    const char *hex = digests + 64 * i;
    if (i > 0 && memcmp(hex, hex - 64, 64) == 0) continue;
    snprintf(path, sizeof path, "blobs/sha256/%.2s/%.64s/data", hex, hex);
    if (slurp(root, path, manifest, 4 << 20) > 0) read_ += 1;
  }
  fprintf(stderr, "%zu manifests\n", read_);
  return 0;
}
