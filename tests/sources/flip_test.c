/* One bit of a signed bundle, or of its signature, is another: it is never accepted. And what is
 * cut anywhere is never accepted, signed or not. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "bundle/bundle.h"
#include "desk.h"
#include "sign.h"
#include "suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STEP  64
#define BATCH 16 /* helpers at once */

static struct identity authority, signer;
static struct tape bundle, signature;
static const char *const packings[] = {"", "gzip", "xz", "zstd"};

static const struct form {
    const char *name;
    struct sign_request request;
    bool flips_signature; /* else what lies at the bundle's path */
} forms[] = {
    {"the signature beside it", {.around = false}, true},
    {"the signature beside it, PEM", {.pem = true}, true},
    {"the bundle with one beside it", {.around = false}, false},
    {"CMS around it", {.around = true}, false},
    {"CMS around it, PEM", {.around = true, .pem = true}, false},
};

static void make_people(void)
{
    authority = identity_make(&(struct identity_request){.name = "authority", .authority = true});
    signer = identity_make(
        &(struct identity_request){.name = "signer", .issuer = &authority, .usage = "codeSigning"});
}

static void end_people(void)
{
    identity_finish(&authority);
    identity_finish(&signer);
}

static void setup(void)
{
    desk_setup();
    identity_write(&authority, desk_path("ca.pem"));
}

static void make_bundle(const char *how)
{
    tape_file(&bundle, "VERSION", "1.4\n");
    for (int i = 0; i < 4; i++) {
        char name[16];
        snprintf(name, sizeof(name), "m%d", i);
        tape_manifest(&bundle, name);
    }
    tape_end(&bundle);
    tape_pack(&bundle, how);
}

/* ---- Through the helper */

/* Bundle and signature N, of which one has a bit flipped. */
static void write_flipped(
    const struct form *form, struct tape *flipped, size_t at, unsigned bit, size_t number)
{
    scoped_free char *path = memory_format("%s.%zu", desk.path, number);
    scoped_free char *beside = memory_format("%s.sig", path);
    flipped->bytes[at] ^= (unsigned char)(1u << bit);
    tape_write(form->request.around ? &signature : &bundle, path);
    if (!form->request.around)
        tape_write(&signature, beside);
    flipped->bytes[at] ^= (unsigned char)(1u << bit);
}

static void run_batch(size_t count, struct source_set *sets)
{
    struct source_setting settings[BATCH][2];
    struct source_options options[BATCH];
    char paths[BATCH][80];
    for (size_t i = 0; i < count; i++) {
        snprintf(paths[i], sizeof(paths[i]), "%s.%zu", desk.path, i);
        settings[i][0] = (struct source_setting){"path", paths[i], "conf:1"};
        settings[i][1] = (struct source_setting){"verify_ca", desk_path("ca.pem"), "conf:2"};
        options[i] = (struct source_options){.name = "b",
            .plugin = KD_BUILD_DIR "/plugins/tarball.so",
            .user = "root",
            .settings = settings[i],
            .settings_count = 2,
            .deadline_ms = 60000,
            .loader = KD_BUILD_DIR "/kanto-deployer-loader"};
    }
    source_reconcile_all(options, count, sets);
}

static void expect_refused(const struct form *form, size_t at, const struct source_set *set)
{
    const char *reason = set->reason ? set->reason : "none";
    ck_assert_msg(set->result == SOURCE_FATAL || set->result == SOURCE_RETRY,
        "%s: accepted with a bit flipped in byte %zu", form->name, at);
    ck_assert_msg(set->count == 0 && strstr(reason, "/bundle."), "%s: byte %zu: %zu items, \"%s\"",
        form->name, at, set->count, reason);
}

START_TEST(a_flipped_bit_is_never_accepted)
{
    const struct form *form = &forms[_i];
    struct sign_request request = form->request;
    request.signers[0] = &signer;
    make_bundle("");
    sign(&request, &bundle, &signature);
    struct tape *flipped = form->flips_signature || request.around ? &signature : &bundle;
    struct source_set sets[BATCH];
    unsigned bit = 0;
    for (size_t at = 0; at < flipped->length; at += STEP * BATCH) {
        size_t count = 0;
        for (; count < BATCH && at + count * STEP < flipped->length; count++)
            write_flipped(form, flipped, at + count * STEP, bit++ % 8, count);
        run_batch(count, sets);
        for (size_t i = 0; i < count; i++) {
            expect_refused(form, at + i * STEP, &sets[i]);
            source_set_finish(&sets[i]);
        }
    }
    tape_write(request.around ? &signature : &bundle, desk.path);
    if (!request.around)
        tape_write(&signature, desk_path("bundle.sig"));
    const char *const pairs[] = {"verify_ca", desk_path("ca.pem"), NULL};
    desk_run(pairs);
    desk_expect_keys("m0.json m1.json m2.json m3.json");
}
END_TEST

/* ---- In this process, where there is time for every bit */

static void hear(void *ctx, uint32_t level, const char *text)
{
    (void)ctx;
    (void)level;
    ck_assert_uint_le(strlen(text), KD_TEXT_MAX);
}

static int32_t go_on(void *ctx)
{
    (void)ctx;
    return 0;
}

static int32_t count_item(void *ctx, const struct kd_item *item)
{
    ck_assert_uint_le(item->length, KD_ITEM_BYTES_MAX);
    ++*(size_t *)ctx;
    return 0;
}

static int read_bundle(const struct bundle_policy *policy, const struct tape *bytes,
    const struct tape *beside, struct error *err)
{
    size_t items = 0;
    struct kd_host host = {.size = sizeof(host), .log = hear, .cancelled = go_on};
    struct kd_out out = {.size = sizeof(out), .ctx = &items, .put = count_item};
    struct bundle_state state = {0};
    /* Of its own, so that a sanitizer sees what reads beyond the end. */
    scoped_free unsigned char *copy = memory_zeroed(bytes->length ? bytes->length : 1, 1);
    memcpy(copy, bytes->bytes, bytes->length);
    struct bundle_input input = {.bytes = copy, .length = bytes->length, .origin = "bundle"};
    if (beside) {
        input.signature = beside->bytes;
        input.signature_length = beside->length;
    }
    return bundle_read(policy, &input, &state, &host, &out, err);
}

static void make_policy(struct bundle_policy *policy, bool verifies)
{
    struct error err;
    struct kd_setting ca = {.size = sizeof(ca),
        .type = KD_TYPE_FILE,
        .name = "verify_ca",
        .text = "ca.pem",
        .fd = verifies ? open(desk_path("ca.pem"), O_RDONLY | O_CLOEXEC) : -1};
    bundle_policy_init(policy);
    ck_assert(!verifies || bundle_policy_take(policy, &ca, &err) == 1);
    ck_assert_int_eq(bundle_policy_check(policy, &err), 0);
}

START_TEST(no_bit_of_a_signature_is_free)
{
    struct bundle_policy policy;
    struct error err;
    make_policy(&policy, true);
    make_bundle("gzip");
    sign(&(struct sign_request){.signers = {&signer}, .pem = _i == 1, .by_key = _i == 2}, &bundle,
        &signature);
    ck_assert_msg(read_bundle(&policy, &bundle, &signature, &err) == 0, "%s", err.text);
    for (size_t at = 0; at < signature.length; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            signature.bytes[at] ^= (unsigned char)(1u << bit);
            ck_assert_msg(read_bundle(&policy, &bundle, &signature, &err) < 0,
                "byte %zu of %zu, bit %u", at, signature.length, bit);
            signature.bytes[at] ^= (unsigned char)(1u << bit);
        }
    bundle_policy_finish(&policy);
}
END_TEST

START_TEST(cut_anywhere_it_is_refused)
{
    struct bundle_policy policy;
    struct error err;
    make_policy(&policy, false);
    make_bundle(packings[_i]);
    ck_assert_msg(read_bundle(&policy, &bundle, NULL, &err) == 0, "%s", err.text);
    size_t whole = bundle.length;
    for (bundle.length = 0; bundle.length < whole; bundle.length++) {
        ck_assert_msg(read_bundle(&policy, &bundle, NULL, &err) < 0, "%s: %zu of %zu bytes",
            packings[_i], bundle.length, whole);
        ck_assert_msg(err.kind == ERROR_SHORT || bundle.length < 16, "%s: %zu of %zu bytes: %s",
            packings[_i], bundle.length, whole, err.text);
    }
    bundle_policy_finish(&policy);
}
END_TEST

/* Without a signature a changed bit may go unnoticed; it never does harm. */
START_TEST(damaged_it_does_no_harm)
{
    struct bundle_policy policy;
    struct error err;
    size_t refused = 0;
    make_policy(&policy, false);
    make_bundle(packings[_i]);
    for (size_t at = 0; at < bundle.length; at++)
        for (unsigned bit = 0; bit < 8; bit += 3) {
            bundle.bytes[at] ^= (unsigned char)(1u << bit);
            refused += read_bundle(&policy, &bundle, NULL, &err) < 0;
            bundle.bytes[at] ^= (unsigned char)(1u << bit);
        }
    ck_assert_uint_gt(refused, 0);
    bundle_policy_finish(&policy);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("flip");
    TCase *cases = tcase_create("flip");
    tcase_set_timeout(cases, 110);
    tcase_add_unchecked_fixture(cases, make_people, end_people);
    tcase_add_checked_fixture(cases, setup, desk_teardown);
    tcase_add_loop_test(cases, a_flipped_bit_is_never_accepted, 0, countof(forms));
    tcase_add_loop_test(cases, no_bit_of_a_signature_is_free, 0, 3);
    tcase_add_loop_test(cases, cut_anywhere_it_is_refused, 0, countof(packings));
    tcase_add_loop_test(cases, damaged_it_does_no_harm, 0, countof(packings));
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
