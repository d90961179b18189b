/* A bundle's life on a device: taken once, unchanged, replaced, never by an older one. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "bundle/bundle.h"
#include "desk.h"
#include "sign.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void setup(void)
{
    desk_setup();
    desk.keeps = true;
}

/* A bundle of one manifest; version NULL: it has none. */
static void write_bundle(const char *version, const char *name)
{
    struct tape tape = {0};
    if (version)
        tape_file(&tape, "VERSION", version);
    tape_manifest(&tape, name);
    tape_end(&tape);
    tape_pack(&tape, "gzip");
    desk_write(&tape);
}

static void expect_unchanged(const char *key)
{
    ck_assert_msg(desk.set.result == SOURCE_UNCHANGED, "result %d: %s", desk.set.result,
        desk.set.reason ? desk.set.reason : "no reason");
    ck_assert_uint_eq(desk.set.count, 1);
    ck_assert_str_eq(desk.set.items[0].key, key);
}

/* What was accepted before still serves. */
static void expect_refused(const char *told, const char *key)
{
    desk_expect_refused(SOURCE_FATAL, told);
    ck_assert_uint_eq(desk.set.count, 1);
    ck_assert_str_eq(desk.set.items[0].key, key);
}

START_TEST(a_tree_of_folders_is_taken_as_tar_makes_it)
{
    struct tape tape = {0};
    tape_member(&tape, "./", '5', NULL, "", 0);
    tape_file(&tape, "./b.json", "{}");
    tape_member(&tape, "./sub/", '5', NULL, "", 0);
    tape_file(&tape, "./sub/a.json", "[{}, {}]");
    tape_file(&tape, "./README", "read me");
    tape_file(&tape, "./.hidden.json", "no");
    tape_file(&tape, "./gr\xc3\xbc\xc3\x9f.json", "{}");
    tape_pax(&tape, 'x', "path", "./sp\xc3\xa4t.json");
    tape_file(&tape, "short", "{}");
    tape_end(&tape);
    tape_add_zeros(&tape, 8192);
    desk_write(&tape);
    desk_run(NULL);
    desk_expect_keys("b.json sub/a.json gr\xc3\xbc\xc3\x9f.json sp\xc3\xa4t.json");
    ck_assert(desk_noted(SEVERITY_NOTE, "README: passed over: its name does not end in .json"));
    ck_assert(desk_noted(SEVERITY_NOTE, ".hidden.json: passed over: hidden"));
    scoped_free char *origin = memory_format("%s/sub/a.json", desk.path);
    ck_assert_str_eq(desk.set.items[1].origin, origin);
}
END_TEST

START_TEST(one_without_manifests_is_told)
{
    struct tape tape = {0};
    tape_file(&tape, "web.yaml", "name: web");
    tape_end(&tape);
    desk_write(&tape);
    desk_run(NULL);
    desk_expect_keys("");
    ck_assert(desk_noted(SEVERITY_WARNING, "holds no manifest"));
}
END_TEST

START_TEST(the_same_bundle_is_unchanged)
{
    write_bundle("1", "a");
    desk_run(NULL);
    desk_expect_keys("a.json");
    ck_assert_int_eq(strncmp(desk.set.revision, "sha256:", 7), 0);
    write_bundle("1", "a"); /* another file of the same bytes */
    desk_run(NULL);
    expect_unchanged("a.json");
    write_bundle("1", "b");
    desk_run(NULL);
    desk_expect_keys("b.json");
}
END_TEST

START_TEST(an_older_version_is_refused)
{
    static const char told[] =
        "VERSION: found 1.9.9, expected 1.10.0, the last one, or later (accept_older)";
    write_bundle("1.10.0\n", "a");
    desk_run(NULL);
    desk_expect_keys("a.json");
    write_bundle("1.9.9\n", "old");
    desk_run(NULL);
    expect_refused(told, "a.json");
    desk_run(NULL); /* the refusal did not become what was accepted last */
    expect_refused(told, "a.json");
    write_bundle(NULL, "none");
    desk_run(NULL);
    expect_refused("found no VERSION, expected 1.10.0, the last one, or later", "a.json");
    write_bundle("1.10", "b"); /* the same version */
    desk_run(NULL);
    desk_expect_keys("b.json");
    write_bundle("2", "c");
    desk_run(NULL);
    desk_expect_keys("c.json");
}
END_TEST

START_TEST(an_older_version_is_taken_where_the_conf_allows_it)
{
    static const char *const pairs[] = {"accept_older", "yes", NULL};
    write_bundle("2", "a");
    desk_run(pairs);
    desk_expect_keys("a.json");
    write_bundle("1", "old");
    desk_run(pairs);
    desk_expect_keys("old.json");
    ck_assert(desk_noted(SEVERITY_WARNING, "version 1 comes after 2 (accept_older = yes)"));
    write_bundle(NULL, "none");
    desk_run(pairs);
    desk_expect_keys("none.json");
}
END_TEST

/* Where VERSION lies: `tar czf b.tgz manifests` is as good as -C manifests . */
static const struct {
    const char *const *names; /* members; those that end in VERSION hold `version` */
    const char *version;
    bool counts;
    const char *warned; /* NULL: nothing */
} places[] = {
    {(const char *const[]){"m/", "m/VERSION", "m/a.json", NULL}, "6", true, NULL},
    {(const char *const[]){"./m/a.json", "./m/VERSION", NULL}, "6", true, NULL},
    {(const char *const[]){"m/a.json", "m/sub/b.json", "m/VERSION", "README", NULL}, "6", true,
        NULL},
    {(const char *const[]){"m/VERSION", "._m", "other/", "m/a.json", NULL}, "6", true, NULL},
    {(const char *const[]){"m/VERSION", "a.json", NULL}, "9", false,
        "m/VERSION: it does not count"},
    {(const char *const[]){"m/VERSION", "n/a.json", NULL}, "9", false,
        "m/VERSION: it does not count"},
    {(const char *const[]){"m/a.json", "n/VERSION", "m/VERSION", NULL}, "9", false,
        "m/VERSION: it does not count"},
    {(const char *const[]){"m/a.json", "m/n/VERSION", NULL}, "9", false,
        "m/n/VERSION: it does not count"},
    {(const char *const[]){"m/VERSION", "m/a.json", NULL}, "latest", true, NULL},
};

static void write_places(int which)
{
    struct tape tape = {0};
    for (const char *const *name = places[which].names; *name; name++) {
        const char *end = *name + strlen(*name);
        if (end[-1] == '/')
            tape_member(&tape, *name, '5', NULL, "", 0);
        else
            tape_file(&tape, *name,
                strcmp(end - 4, "SION") == 0 ? places[which].version : "{\"name\": \"x\"}");
    }
    tape_end(&tape);
    desk_write(&tape);
}

START_TEST(a_version_in_the_only_folder_counts)
{
    bool bad = strcmp(places[_i].version, "latest") == 0;
    write_bundle("7", "kept");
    desk_run(NULL);
    desk_expect_keys("kept.json");
    write_places(_i);
    desk_run(NULL);
    expect_refused(bad                 ? "m/VERSION: found no version"
                   : places[_i].counts ? "VERSION: found 6, expected 7"
                                       : "found no VERSION, expected 7",
        "kept.json");
    ck_assert_int_eq(desk_noted(SEVERITY_WARNING, "it does not count"), places[_i].warned != NULL);
    if (places[_i].warned)
        ck_assert(desk_noted(SEVERITY_WARNING, places[_i].warned));
}
END_TEST

START_TEST(a_bad_bundle_leaves_the_good_one_in_place)
{
    struct tape tape = {0};
    write_bundle("1", "a");
    desk_run(NULL);
    tape_manifest(&tape, "b");
    tape_file(&tape, "../c.json", "{}");
    tape_end(&tape);
    desk_write(&tape);
    desk_run(NULL);
    expect_refused("../c.json: found \"..\" in its path", "a.json");
}
END_TEST

/* ---- Signed */

static void write_signed(const struct identity *signer, const char *version, int64_t day)
{
    struct tape tape = {0}, around = {0};
    if (version)
        tape_file(&tape, "VERSION", version);
    tape_manifest(&tape, "a");
    tape_end(&tape);
    sign(&(struct sign_request){.signers = {signer}, .around = true, .day = day}, &tape, &around);
    tape_finish(&tape);
    desk_write(&around);
}

static struct identity make_signer(const struct identity *authority, int64_t until)
{
    return identity_make(&(struct identity_request){.name = "signer",
        .issuer = authority,
        .usage = "codeSigning",
        .from = -10,
        .until = until});
}

/* A device whose clock was set back, or never set, knows that it is not earlier than the last
 * signature it has seen. */
START_TEST(time_does_not_go_back)
{
    const char *const pairs[] = {"verify_ca", desk_path("ca.pem"), NULL};
    struct identity authority = identity_make(&(struct identity_request){
        .name = "authority", .authority = true, .from = -1000, .until = 4000});
    struct identity long_lived = make_signer(&authority, 3000);
    struct identity short_lived = make_signer(&authority, 100);
    identity_write(&authority, desk_path("ca.pem"));
    write_signed(&short_lived, "1", 0);
    desk_run(pairs);
    desk_expect_keys("a.json");
    write_signed(&long_lived, "2", 200);
    desk_run(pairs);
    desk_expect_keys("a.json");
    write_signed(&short_lived, "3", 0);
    desk_run(pairs);
    expect_refused("signer CN = signer: certificate has expired, at ", "a.json");
    identity_finish(&authority);
    identity_finish(&long_lived);
    identity_finish(&short_lived);
}
END_TEST

/* Where somebody vouches for a bundle he says which one it is, from the first one on. */
START_TEST(a_verified_bundle_has_a_version)
{
    const char *pairs[] = {"verify_ca", desk_path("ca.pem"), NULL, NULL, NULL};
    struct identity authority =
        identity_make(&(struct identity_request){.name = "authority", .authority = true});
    struct identity signer = make_signer(&authority, 100);
    identity_write(&authority, desk_path("ca.pem"));
    write_signed(&signer, NULL, 0);
    desk_run(pairs);
    desk_expect_refused(SOURCE_FATAL, "found no VERSION, expected one");
    pairs[2] = "accept_older";
    pairs[3] = "yes";
    desk_run(pairs);
    desk_expect_keys("a.json");
    ck_assert(desk_noted(SEVERITY_WARNING, "without a version (accept_older = yes)"));
    identity_finish(&authority);
    identity_finish(&signer);
}
END_TEST

/* The path in the conf is the same, the certificates behind it are not. */
START_TEST(other_certificates_judge_anew)
{
    const char *const pairs[] = {"verify_ca", desk_path("ca.pem"), NULL};
    struct identity_request request = {.name = "authority", .authority = true};
    struct identity first = identity_make(&request), second = identity_make(&request);
    struct identity signer = make_signer(&first, 100);
    identity_write(&first, desk_path("ca.pem"));
    write_signed(&signer, "1", 0);
    desk_run(pairs);
    desk_expect_keys("a.json");
    desk_run(pairs);
    expect_unchanged("a.json");
    identity_write(&second, desk_path("ca.pem"));
    desk_run(pairs);
    expect_refused("certificate signature failure", "a.json");
    identity_finish(&first);
    identity_finish(&second);
    identity_finish(&signer);
}
END_TEST

/* ---- While it is being copied */

static pid_t start_writer(void)
{
    pid_t writer = fork();
    if (writer == 0) {
        int fd = open(desk.path, O_WRONLY | O_APPEND | O_CLOEXEC);
        while (write(fd, "x", 1) == 1)
            ;
        _exit(1);
    }
    return writer;
}

START_TEST(a_file_that_changes_is_read_later)
{
    struct error err = {0};
    struct tape tape = {0};
    void *bytes = NULL;
    size_t length = 0;
    tape_add_zeros(&tape, (size_t)4 << 20);
    desk_write(&tape);
    pid_t writer = start_writer();
    int result = 0;
    while (result == 0) {
        int fd = open(desk.path, O_RDONLY | O_CLOEXEC);
        result = bundle_file_read(fd, (uint64_t)1 << 30, "max_file", &bytes, &length, &err);
        close(fd);
        if (result == 0)
            free(bytes);
    }
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    ck_assert_str_eq(err.text, "it changed while it was read");
    ck_assert_int_eq(bundle_result(&err), KD_RETRY);
}
END_TEST

/* ---- What is remembered */

static const struct {
    const char *memo, *version;
} memos[] = {
    {"", ""},
    {"bundle-policy=p\nbundle-version=1.2\nbundle-signed=7\n", "1.2"},
    {"etag=\"x\"\nbundle-policy=p\nbundle-version=1.2\nbundle-signed=7\nurl=x\n", "1.2"},
    {"bundle-policy=p\nbundle-version=1.2\n", ""},
    {"bundle-policy=p\nbundle-version=latest\nbundle-signed=7\n", ""},
    {"bundle-policy=p\nbundle-version=1.2\nbundle-signed=-7\n", ""},
    {"bundle-policy=p\nbundle-version=1.2\nbundle-signed=99999999999999999999\n", ""},
    {"xbundle-version=1\n", ""},
    {"\xff\x00\x01", ""},
};

START_TEST(a_memo_that_makes_no_sense_is_forgotten)
{
    struct bundle_state state;
    char text[BUNDLE_STATE_MAX];
    bundle_state_read(&state, memos[_i].memo, strlen(memos[_i].memo));
    ck_assert_str_eq(state.version, memos[_i].version);
    ck_assert_int_eq(state.signed_at, *memos[_i].version ? 7 : 0);
    size_t length = bundle_state_write(&state, text);
    struct bundle_state again;
    bundle_state_read(&again, text, length);
    ck_assert_str_eq(again.version, state.version);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tarball");
    TCase *cases = tcase_create("tarball");
    tcase_set_timeout(cases, 60);
    tcase_add_checked_fixture(cases, setup, desk_teardown);
    tcase_add_test(cases, a_tree_of_folders_is_taken_as_tar_makes_it);
    tcase_add_test(cases, one_without_manifests_is_told);
    tcase_add_test(cases, the_same_bundle_is_unchanged);
    tcase_add_test(cases, an_older_version_is_refused);
    tcase_add_test(cases, an_older_version_is_taken_where_the_conf_allows_it);
    tcase_add_loop_test(cases, a_version_in_the_only_folder_counts, 0, countof(places));
    tcase_add_test(cases, a_verified_bundle_has_a_version);
    tcase_add_test(cases, a_bad_bundle_leaves_the_good_one_in_place);
    tcase_add_test(cases, time_does_not_go_back);
    tcase_add_test(cases, other_certificates_judge_anew);
    tcase_add_test(cases, a_file_that_changes_is_read_later);
    tcase_add_loop_test(cases, a_memo_that_makes_no_sense_is_forgotten, 0, countof(memos));
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
