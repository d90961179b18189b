/* A manifest in either dialect: what is printed of it reads back equal, and nothing in a message
 * commands a terminal. */
#include "target.h"

#include "base/cleanup.h"
#include "manifest/manifest.h"
#include "model/compare.h"
#include "model/container.h"
#include "model/defaults.h"
#include "model/digest.h"

#include <string.h>

static void expect_equal(const Kanto__Container *a, const Kanto__Container *b, const char *printed)
{
    struct differences differences = {0};
    struct digest digest_a, digest_b;
    /* As the daemon would have made it: what it leaves out has a meaning there. */
    scoped_container Kanto__Container *live = container_clone(a);
    container_normalise(live);
    container_compare(live, b, &differences);
    target_expect(differences.count == 0, "%s: found %s after %s\n%s",
        differences.count ? differences.items[0].path : "",
        differences.count ? differences.items[0].desired : "",
        differences.count ? differences.items[0].live : "", printed);
    container_digest(a, &digest_a);
    container_digest(b, &digest_b);
    target_expect(
        memcmp(&digest_a, &digest_b, sizeof(digest_a)) == 0, "another digest:\n%s", printed);
    differences_finish(&differences);
}

static void round_trip(const Kanto__Container *container, enum dialect dialect)
{
    scoped(text_finish) struct text text = {0}, again = {0};
    struct manifests manifests = {0};
    struct diagnostics diagnostics = {0};
    manifest_print(container, dialect, &text);
    target_expect_printable(text_get(&text), false, "manifest_print");
    int result = manifest_parse("printed.json", "printed.json", text_get(&text), text.length,
        &manifest_default_limits, &manifests, &diagnostics);
    target_expect(result == 0 && manifests.count == 1, "found \"%s\", expected no mistake in\n%s",
        diagnostics.count ? diagnostics.items[0].text : "", text_get(&text));
    expect_equal(container, manifests.items[0].container, text_get(&text));
    manifest_print(manifests.items[0].container, dialect, &again);
    target_expect(strcmp(text_get(&text), text_get(&again)) == 0, "printed\n%sand then\n%s",
        text_get(&text), text_get(&again));
    manifests_finish(&manifests);
    diagnostics_finish(&diagnostics);
}

static void expect_shown(const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        scoped(text_finish) struct text text = {0};
        diagnostic_print(&diagnostics->items[i], i % 2, &text);
        target_expect_printable(text_get(&text), i % 2, "diagnostic_print");
    }
}

static void check(const struct manifest *manifest, struct diagnostics *diagnostics)
{
    static const char *const folders[] = {"/data"}, *const registries[] = {"ghcr.io/vendor"};
    const struct permit permit = {.section = "[source fuzz]",
        .mounts = {.items = folders, .count = 1},
        .devices = {.items = folders, .count = 1},
        .registries = {.items = registries, .count = 1}};
    manifest_check_host(manifest, diagnostics);
    manifest_check_permit(manifest, &permit, diagnostics);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct manifests manifests = {0};
    struct diagnostics diagnostics = {0};
    size_t valid = 0;
    int result = manifest_parse("input.json", "input.json", (const char *)bytes, length,
        &manifest_default_limits, &manifests, &diagnostics);
    for (size_t i = 0; i < manifests.count; i++) {
        if (!manifests.items[i].valid)
            continue;
        valid++;
        round_trip(manifests.items[i].container, DIALECT_INTERNAL);
        round_trip(manifests.items[i].container, DIALECT_CM);
        check(&manifests.items[i], &diagnostics);
    }
    target_expect((result == 0) == (diagnostics.errors == 0) || valid > 0,
        "returned %d with %zu errors", result, diagnostics.errors);
    expect_shown(&diagnostics);
    manifests_finish(&manifests);
    diagnostics_finish(&diagnostics);
    return 0;
}
