/* A registry's manifest or index. */
#include "target.h"

#include "registry/oci.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct oci_manifest manifest = {0};
    struct error err = {0};
    if (oci_parse(bytes, length, &manifest, &err) < 0) {
        target_expect(err.kind != ERROR_NONE, "refused without a word");
        return 0;
    }
    target_expect(manifest.count <= OCI_ENTRIES_MAX, "found %zu entries", manifest.count);
    for (size_t i = 0; i < manifest.count; i++)
        target_expect(sha256_is(manifest.entries[i].digest), "found the digest \"%s\"",
            manifest.entries[i].digest);
    if (manifest.index)
        oci_choose(&manifest, oci_this_platform());
    oci_finish(&manifest);
    return 0;
}
