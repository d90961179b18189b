/* The registry source: names, challenges, manifests, and (in the other files) its servers. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "registry/challenge.h"
#include "registry/oci.h"
#include "registry/reference.h"
#include "registry_parts.h"
#include "suite.h"
#include "visit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DIGEST "sha256:35ca04bf7c61e14e328d9d7601330c5eb7775eee876376c0b833e42a0fa26bfe"

static const struct {
    const char *text, *host, *repository, *name;
} names[] = {
    {"oci://ghcr.io/acme/fleet:stable", "ghcr.io", "acme/fleet", "stable"},
    {"oci://127.0.0.1:5000/a", "127.0.0.1:5000", "a", "latest"},
    {"oci://[::1]:5000/a/b-c/d__e.f:1.0_x-Y", "[::1]:5000", "a/b-c/d__e.f", "1.0_x-Y"},
    {"oci://h/a@" DIGEST, "h", "a", DIGEST},
    {"oci://h/a:tag@" DIGEST, "h", "a", DIGEST},
    {"oci://docker.io/library/x:1", "registry-1.docker.io", "library/x", "1"},
};

START_TEST(a_name_is_read)
{
    struct reference reference;
    struct error err = {0};
    int result = reference_parse(names[_i].text, &reference, &err);
    ck_assert_msg(result == 0, "%s: %s", names[_i].text, err.text);
    ck_assert_str_eq(reference.host, names[_i].host);
    ck_assert_str_eq(reference.repository, names[_i].repository);
    ck_assert_str_eq(reference_name(&reference), names[_i].name);
}
END_TEST

static const struct {
    const char *text, *expected;
} wrong_names[] = {
    {"", "expected oci://HOST/REPOSITORY:TAG"},
    {"https://h/a:b", "expected oci://HOST/REPOSITORY:TAG"},
    {"oci://h", "expected oci://HOST[:PORT]/"},
    {"oci:///a:b", "expected oci://HOST[:PORT]/"},
    {"oci://h:port/a", "expected oci://HOST[:PORT]/"},
    {"oci://h:123456/a", "expected oci://HOST[:PORT]/"},
    {"oci://me@h/a", "found an @ in it (not shown), expected oci://HOST"},
    {"oci://h/", "expected a repository"},
    {"oci://h/Acme/fleet", "expected a repository"},
    {"oci://h/a/../b", "expected a repository"},
    {"oci://h/a//b", "expected a repository"},
    {"oci://h/a/:tag", "expected a repository"},
    {"oci://h/a?x=1", "expected a repository"},
    {"oci://h/a:", "expected a tag"},
    {"oci://h/a:-b", "expected a tag"},
    {"oci://h/a:b/c", "expected a tag"},
    {"oci://h/a@sha512:00", "expected @sha256: and 64 digits"},
    {"oci://h/a@latest", "found an @ in it (not shown)"},
    {"oci://h/a@sha256:00", "expected @sha256: and 64 digits"},
};

START_TEST(a_wrong_name_is_told)
{
    const char *const pairs[] = {"url", wrong_names[_i].text, NULL};
    scoped(source_set_finish) struct source_set set = visit("registry", NULL, pairs);
    visit_expect_failure(&set, SOURCE_FATAL, wrong_names[_i].expected);
}
END_TEST

static const struct {
    const char *value, *realm, *service, *scope;
    bool basic;
} challenges[] = {
    {"Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:a/b:pull\"", "https://a/t", "s",
        "repository:a/b:pull", false},
    {"bearer  realm = \"x\"", "", "", "", false},
    {"Basic realm=\"r\"", "", "", "", true},
    {"Basic realm=\"r\", Bearer realm=\"https://a/t\"", "https://a/t", "", "", true},
    {"Bearer realm=\"https://a/t\", Basic realm=\"other\"", "https://a/t", "", "", true},
    {"Bearer realm=\"a\\\"b\",service=s", "a\"b", "s", "", false},
    {"Negotiate, NTLM", "", "", "", false},
    {"Bearer realm=\"https://a/t", "https://a/t", "", "", false},
    {"Bearer realm=\"one\",realm=\"two\"", "one", "", "", false},
    {"\"\"\",,,===\x01\xff Bearer", "", "", "", false},
};

START_TEST(a_challenge_is_read)
{
    struct challenge challenge;
    challenge_parse(challenges[_i].value, &challenge);
    ck_assert_str_eq(challenge.realm, challenges[_i].realm);
    ck_assert_str_eq(challenge.service, challenges[_i].service);
    ck_assert_str_eq(challenge.scope, challenges[_i].scope);
    ck_assert_int_eq(challenge.basic, challenges[_i].basic);
}
END_TEST

START_TEST(a_long_challenge_is_left_out)
{
    struct challenge challenge;
    scoped_free char *value = memory_format("Bearer realm=\"%02000d\",service=\"s\"", 7);
    challenge_parse(value, &challenge);
    ck_assert_str_eq(challenge.realm, "");
    ck_assert_str_eq(challenge.service, "s");
}
END_TEST

#define ENTRY(platform) "{\"digest\": \"" DIGEST "\", \"size\": 1, \"platform\": " platform "}"

START_TEST(the_platform_chooses)
{
    static const char text[] =
        "{\"schemaVersion\": 2, \"manifests\": ["
        "{\"digest\": \"" DIGEST "\", \"size\": 1}," ENTRY(
            "{\"os\": \"linux\", \"architecture\": "
            "\"arm\", \"variant\": \"v7\"}") "," ENTRY("{\"os\": \"linux\", \"architecture\": "
                                                       "\"arm64\"}") "]}";
    struct oci_manifest index = {0};
    struct error err = {0};
    ck_assert_int_eq(oci_parse(text, strlen(text), &index, &err), 0);
    ck_assert(index.index && index.count == 3);
    ck_assert_ptr_eq(oci_choose(&index, "linux/arm"), &index.entries[1]);
    ck_assert_ptr_eq(oci_choose(&index, "linux/arm/v7"), &index.entries[1]);
    ck_assert_ptr_eq(oci_choose(&index, "linux/arm64"), &index.entries[2]);
    ck_assert_ptr_eq(oci_choose(&index, "linux/amd64"), &index.entries[0]);
    oci_finish(&index);
}
END_TEST

/* A manifest cut at each of its bytes, and with each byte changed, is read or refused. */
START_TEST(a_damaged_manifest_harms_nothing)
{
    static const char whole[] =
        "{\"schemaVersion\": 2, \"layers\": [{\"mediaType\": \"a/b\", \"digest\": \"" DIGEST
        "\", \"size\": 12, \"annotations\": {\"org.opencontainers.image.title\": \"t\"}}]}";
    for (size_t i = 0; i < strlen(whole); i++) {
        struct oci_manifest manifest = {0};
        struct error err = {0};
        scoped_free char *damaged = memory_string(whole);
        ck_assert(oci_parse(whole, i, &manifest, &err) < 0);
        ck_assert_str_ne(err.text, "");
        damaged[i] ^= 0x15;
        if (oci_parse(damaged, strlen(whole), &manifest, &err) == 0)
            oci_finish(&manifest);
    }
}
END_TEST

START_TEST(every_setting_is_documented)
{
    visit_expect_documented("registry", "registry.md", "cloud.md");
}
END_TEST

int main(void)
{
    umask(022);
    Suite *suite = suite_create("registry");
    TCase *plain = tcase_create("plain"), *served = tcase_create("served"),
          *lying = tcase_create("lying"), *auth = tcase_create("auth"),
          *version = tcase_create("version");
    tcase_set_timeout(plain, 60);
    tcase_add_test(plain, every_setting_is_documented);
    tcase_add_loop_test(plain, a_name_is_read, 0, countof(names));
    tcase_add_loop_test(plain, a_wrong_name_is_told, 0, countof(wrong_names));
    tcase_add_loop_test(plain, a_challenge_is_read, 0, countof(challenges));
    tcase_add_test(plain, a_long_challenge_is_left_out);
    tcase_add_test(plain, the_platform_chooses);
    tcase_add_test(plain, a_damaged_manifest_harms_nothing);
    tcase_set_timeout(served, 120);
    add_served_tests(served);
    tcase_set_timeout(lying, 60);
    add_lying_tests(lying);
    tcase_set_timeout(auth, 60);
    add_auth_tests(auth);
    suite_add_tcase(suite, auth);
    tcase_set_timeout(version, 60);
    add_version_tests(version);
    suite_add_tcase(suite, version);
    suite_add_tcase(suite, plain);
    suite_add_tcase(suite, served);
    suite_add_tcase(suite, lying);
    return suite_run(suite);
}
