/* The manifests that were found in public repositories: each parses, or is refused for a reason
 * that is known; whichever dialect it is printed in, it reads back as the same container. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "manifest/manifest.h"
#include "model/container.h"
#include "suite.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

/* The refused ones, and how paths begin that must be among those of their errors. All others are
 * valid. */
static const struct {
    const char *file, *paths[4];
} refused[] = {
    {"container-management--metapath-paused.json", {"host_config.devices"}},
    {"container-management--metapath-stopped.json", {"host_config.devices"}},
    {"devenv-runtimes--databroker.json", {"mount_points[0].source"}},
    {"example-applications--custom-update-agent.json", {"image.name"}},
    {"example-applications--vehicle-simulator-2023.json", {"image.name"}},
    {"example-applications--vehicle-simulator.json", {"image.name"}},
    {"leda-contrib-vscode-extensions--kanto-template.json", {"image.name"}},
    {"leda-utils--ctr-config-template.json", {"image"}},
    {"vehicle-app-python-template--app.json",
        {"mount_points[0].source", "mount_points[0].destination",
            "host_config.devices[0].path_on_host"}},
};

static bool has_error(const struct diagnostics *diagnostics, const char *path)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (diagnostics->items[i].severity == SEVERITY_ERROR &&
            strncmp(diagnostics->items[i].path, path, strlen(path)) == 0)
            return true;
    return false;
}

static void check_errors(const char *file, const struct diagnostics *diagnostics)
{
    bool is_refused = false;
    for (size_t i = 0; i < countof(refused); i++) {
        if (strcmp(refused[i].file, file) != 0)
            continue;
        is_refused = true;
        for (size_t j = 0; j < countof(refused[i].paths) && refused[i].paths[j]; j++)
            ck_assert_msg(has_error(diagnostics, refused[i].paths[j]), "%s: no error about %s",
                file, refused[i].paths[j]);
    }
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *item = &diagnostics->items[i];
        ck_assert_msg(is_refused || item->severity != SEVERITY_ERROR, "%s:%zu:%zu: %s: %s", file,
            item->line, item->column, item->path, item->text);
        ck_assert_msg(
            strstr(item->text, "unknown key") == NULL, "%s: %s: %s", file, item->path, item->text);
    }
}

static Kanto__Container *read_back(const Kanto__Container *container, enum dialect dialect)
{
    scoped_text struct text printed = {0};
    struct manifests manifests = {0};
    struct diagnostics diagnostics = {0};
    manifest_print(container, dialect, &printed);
    manifest_parse("other-name.json", "printed", text_get(&printed), printed.length,
        &manifest_default_limits, &manifests, &diagnostics);
    ck_assert_uint_eq(manifests.count, 1);
    Kanto__Container *copy = steal(&manifests.items[0].container);
    manifests_finish(&manifests);
    diagnostics_finish(&diagnostics);
    return copy;
}

static void check_same(const char *file, const Kanto__Container *a, const Kanto__Container *b)
{
    size_t length = kanto__container__get_packed_size(a);
    ck_assert_msg(length == kanto__container__get_packed_size(b), "%s: other size", file);
    scoped_free uint8_t *left = memory_zeroed(length, 1), *right = memory_zeroed(length, 1);
    kanto__container__pack(a, left);
    kanto__container__pack(b, right);
    ck_assert_msg(memcmp(left, right, length) == 0, "%s: other bytes", file);
}

static void check_conversion(const char *file, const struct manifest *manifest)
{
    enum dialect other = manifest->dialect == DIALECT_CM ? DIALECT_INTERNAL : DIALECT_CM;
    Kanto__Container *there = read_back(manifest->container, other);
    Kanto__Container *back = read_back(there, manifest->dialect);
    check_same(file, manifest->container, there);
    check_same(file, manifest->container, back);
    container_free(there);
    container_free(back);
}

static void check_file(const char *folder, const char *file)
{
    scoped_free char *path = memory_format("%s/%s", folder, file);
    scoped_free char *bytes = NULL;
    size_t length = 0;
    struct error err = {0};
    struct manifests manifests = {0};
    struct diagnostics diagnostics = {0};
    ck_assert_msg(file_read(path, 1 << 20, &bytes, &length, &err) == 0, "%s", err.text);
    int result = manifest_parse(
        file, file, bytes, length, &manifest_default_limits, &manifests, &diagnostics);
    check_errors(file, &diagnostics);
    ck_assert_int_eq(result, diagnostics.errors ? -1 : 0);
    ck_assert_uint_ge(manifests.count, 1);
    for (size_t i = 0; i < manifests.count; i++)
        check_conversion(file, &manifests.items[i]);
    manifests_finish(&manifests);
    diagnostics_finish(&diagnostics);
}

START_TEST(real_manifests_are_read_and_survive_conversion)
{
    const char *shared = suite_shared("manifests/real", "40 public manifests");
    if (!shared)
        return;
    scoped_free char *folder = memory_string(shared);
    DIR *entries = opendir(folder);
    ck_assert_ptr_nonnull(entries);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(entries));) {
        const char *suffix = strrchr(entry->d_name, '.');
        if (!suffix || strcmp(suffix, ".json") != 0)
            continue;
        check_file(folder, entry->d_name);
        count++;
    }
    closedir(entries);
    ck_assert_uint_eq(count, 40);
}
END_TEST

START_TEST(the_examples_that_ship_are_valid)
{
    scoped_free char *folder = memory_string(suite_source("conf/examples"));
    DIR *entries = opendir(folder);
    ck_assert_ptr_nonnull(entries);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(entries));)
        if (strstr(entry->d_name, ".json")) {
            check_file(folder, entry->d_name);
            count++;
        }
    closedir(entries);
    ck_assert_uint_ge(count, 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("manifest_real");
    TCase *cases = tcase_create("real");
    tcase_add_test(cases, real_manifests_are_read_and_survive_conversion);
    tcase_add_test(cases, the_examples_that_ship_are_valid);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
