/* Deploying from a bundle. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "harness.h"
#include "parts.h"
#include "sign.h"
#include "suite.h"
#include "tape.h"

static struct harness harness;

/* With further lines of the conf, as "verify = no\n". */
static void apply(const char *lines, int exit_code, const char *out, const char *err)
{
    harness_write(&harness, "/k.conf",
        "[source bundle]\nplugin = tarball\nuser = root\npath = %s/bundle\n"
        "allow_registries = yes\n%s",
        harness.folder, lines);
    scoped_free char *conf = memory_format("%s/k.conf", harness.folder);
    const char *arguments[] = {"apply", "--config", conf, NULL};
    outcome_expect(harness_run(&harness, arguments), exit_code, out, err);
}

static void expect_running(const char *name, int count)
{
    int running = 0;
    ck_assert_int_eq(harness_count(&harness, name, &running), count);
    ck_assert_int_eq(running, count);
}

static void write_tape(const struct tape *tape, const char *name)
{
    scoped_free char *path = memory_format("%s/%s", harness.folder, name);
    tape_write(tape, path);
}

static void make_bundle(struct tape *tape, const char *version, const char *name)
{
    tape_file(tape, "VERSION", version);
    tape_manifest(tape, name);
    tape_manifest(tape, "always");
    tape_end(tape);
}

static const char *const packings[] = {"", "gzip", "xz", "zstd"};

START_TEST(a_bundle_is_deployed)
{
    struct tape tape = {0};
    if (!harness_start(&harness, "bundle", NULL))
        return;
    make_bundle(&tape, "1", "web");
    tape_pack(&tape, packings[_i]);
    write_tape(&tape, "bundle");
    apply("", 0, "2 deployed", "");
    expect_running("web", 1);
    expect_running("always", 1);
    apply("", 0, "2 kept", "");
    tape_finish(&tape);
    harness_stop(&harness);
}
END_TEST

START_TEST(of_a_refused_bundle_nothing_is_deployed)
{
    struct tape tape = {0};
    if (!harness_start(&harness, "refused-bundle", NULL))
        return;
    tape_manifest(&tape, "web");
    tape_member(&tape, "x.json", '2', "/etc/shadow", "", 0);
    tape_end(&tape);
    write_tape(&tape, "bundle");
    apply("", 1, "", "bundle: x.json: found a symbolic link, expected regular files and folders");
    ck_assert_int_eq(harness_count(&harness, NULL, NULL), 0);
    tape_finish(&tape);
    harness_stop(&harness);
}
END_TEST

START_TEST(a_signed_bundle_is_deployed_and_a_forged_one_not)
{
    struct tape tape = {0}, around = {0};
    if (!harness_start(&harness, "signed-bundle", NULL))
        return;
    struct identity authority =
        identity_make(&(struct identity_request){.name = "authority", .authority = true});
    struct identity signer = identity_make(
        &(struct identity_request){.name = "signer", .issuer = &authority, .usage = "codeSigning"});
    scoped_free char *ca = memory_format("%s/ca.pem", harness.folder);
    scoped_free char *lines = memory_format("verify_ca = %s\n", ca);
    identity_write(&authority, ca);
    make_bundle(&tape, "1", "web");
    tape_pack(&tape, "gzip");
    sign(&(struct sign_request){.signers = {&signer}, .around = true}, &tape, &around);
    around.bytes[around.length / 4] ^= 1;
    write_tape(&around, "bundle");
    apply(lines, 1, "", "the signature is not of these bytes");
    ck_assert_int_eq(harness_count(&harness, NULL, NULL), 0);
    around.bytes[around.length / 4] ^= 1;
    write_tape(&around, "bundle");
    apply(lines, 0, "2 deployed", "");
    expect_running("web", 1);
    identity_finish(&authority);
    identity_finish(&signer);
    tape_finish(&tape);
    tape_finish(&around);
    harness_stop(&harness);
}
END_TEST

START_TEST(an_older_bundle_changes_nothing)
{
    struct tape newer = {0}, older = {0};
    if (!harness_start(&harness, "older-bundle", NULL))
        return;
    make_bundle(&newer, "1.10", "newer");
    make_bundle(&older, "1.9", "older");
    write_tape(&newer, "bundle");
    apply("", 0, "2 deployed", "");
    write_tape(&older, "bundle");
    apply("", 1, "", "VERSION: found 1.9, expected 1.10, the last one, or later (accept_older)");
    expect_running("older", 0);
    expect_running("newer", 1);
    apply("accept_older = yes\n", 0, "1 deployed", "");
    expect_running("older", 1);
    tape_finish(&newer);
    tape_finish(&older);
    harness_stop(&harness);
}
END_TEST

void add_bundle_tests(TCase *cases)
{
    tcase_add_loop_test(cases, a_bundle_is_deployed, 0, countof(packings));
    tcase_add_test(cases, of_a_refused_bundle_nothing_is_deployed);
    tcase_add_test(cases, a_signed_bundle_is_deployed_and_a_forged_one_not);
    tcase_add_test(cases, an_older_bundle_changes_nothing);
}
