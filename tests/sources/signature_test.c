/* Who signed a bundle, and what is said when it was the wrong one, the wrong time, or nobody. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "desk.h"
#include "sign.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

/* ---- The people of these tests, made once */

enum who {
    NOBODY,
    CODE,      /* signs code, as it should */
    MAIL,      /* emailProtection */
    PLAIN,     /* no extended key usage */
    CIPHER,    /* codeSigning, but its key may not sign */
    EXPIRED,   /* ended yesterday */
    FUTURE,    /* begins in ten years */
    STRANGER,  /* of another authority */
    BELOW,     /* of an authority below ours */
    BELOW_WEB, /* of an authority below ours that may make web servers only */
    WEAK,      /* RSA of 1024 bits */
    SELF,      /* signed by itself */
    RSA_SIGNER,
    PEOPLE
};

static struct identity ours, theirs, between, between_web, people[PEOPLE];

static void make(enum who who, const struct identity *issuer, const char *usage, int64_t from,
    int64_t until, int rsa_bits, const char *key_usage)
{
    char name[32];
    snprintf(name, sizeof(name), "signer %d", (int)who);
    people[who] = identity_make(&(struct identity_request){.name = name,
        .issuer = issuer,
        .usage = usage,
        .key_usage = key_usage,
        .from = from,
        .until = until,
        .rsa_bits = rsa_bits});
}

static void make_people(void)
{
    static const char code[] = "codeSigning";
    struct identity_request authority = {
        .name = "authority", .authority = true, .from = -1000, .until = 10000};
    ours = identity_make(&authority);
    theirs = identity_make(&authority); /* of the same name: the key decides */
    authority.issuer = &ours;
    authority.name = "between";
    between = identity_make(&authority);
    authority.name = "between, for web servers";
    authority.usage = "serverAuth";
    between_web = identity_make(&authority);
    make(CODE, &ours, code, 0, 0, 0, NULL);
    make(MAIL, &ours, "emailProtection", 0, 0, 0, NULL);
    make(PLAIN, &ours, NULL, 0, 0, 0, NULL);
    make(CIPHER, &ours, code, 0, 0, 0, "critical,keyEncipherment");
    make(EXPIRED, &ours, code, -100, -1, 0, NULL);
    make(FUTURE, &ours, code, 3650, 7300, 0, NULL);
    make(STRANGER, &theirs, code, 0, 0, 0, NULL);
    make(BELOW, &between, code, 0, 0, 0, NULL);
    make(BELOW_WEB, &between_web, code, 0, 0, 0, NULL);
    make(WEAK, &ours, code, 0, 0, 1024, NULL);
    make(SELF, NULL, code, 0, 0, 0, NULL);
    make(RSA_SIGNER, &ours, code, 0, 0, 2048, NULL);
}

static void end_people(void)
{
    for (int i = 0; i < PEOPLE; i++)
        identity_finish(&people[i]);
    identity_finish(&ours);
    identity_finish(&theirs);
    identity_finish(&between);
    identity_finish(&between_web);
}

/* ---- Bundles */

static struct tape bundle, signature;

static void setup(void)
{
    desk_setup();
    identity_write(&ours, desk_path("ca.pem"));
}

static void make_bundle(const char *how)
{
    tape_file(&bundle, "VERSION", "1\n");
    tape_manifest(&bundle, "good");
    tape_end(&bundle);
    tape_pack(&bundle, how);
}

/* The bundle, and what signs it, beside it or around it. */
static void write_signed(const struct sign_request *request, const char *suffix)
{
    scoped_free char *beside = memory_format("%s%s", desk.path, suffix);
    sign(request, &bundle, &signature);
    tape_write(request->around ? &signature : &bundle, desk.path);
    if (!request->around)
        tape_write(&signature, beside);
}

static void run(const char *key, const char *value)
{
    const char *const pairs[] = {"verify_ca", desk_path("ca.pem"), key, value, NULL};
    desk_run(pairs);
}

static const struct {
    const char *how, *suffix;
    struct sign_request request;
} forms[] = {
    {"", ".sig", {.pem = false}},
    {"gzip", ".sig", {.pem = true}},
    {"xz", ".p7s", {.pem = false}},
    {"zstd", ".p7s", {.pem = true}},
    {"gzip", "", {.around = true}},
    {"xz", "", {.around = true, .pem = true}},
    {"", "", {.around = true, .by_key = true}},
    {"zstd", ".sig", {.by_key = true}},
    {"", ".sig", {.no_time = true}},
};

START_TEST(every_form_of_signature_is_taken)
{
    struct sign_request request = forms[_i].request;
    request.signers[0] = &people[_i % 2 ? RSA_SIGNER : CODE];
    request.digest = _i % 3 ? EVP_sha256() : EVP_sha512();
    make_bundle(forms[_i].how);
    write_signed(&request, forms[_i].suffix);
    run(NULL, NULL);
    desk_expect_keys("good.json");
    ck_assert(!desk_noted(SEVERITY_WARNING, ""));
}
END_TEST

static const struct {
    enum who who, between;
    int64_t day;
    const char *key, *value;
    enum source_result result;
    const char *told; /* of COMPLETE: a warning, or "" */
} signers[] = {
    {CODE, 0, 0, NULL, NULL, SOURCE_COMPLETE, ""},
    {CODE, 0, 0, "verify", "required", SOURCE_COMPLETE, ""},
    {BELOW, 1, 0, NULL, NULL, SOURCE_COMPLETE, ""},
    /* authority */
    {STRANGER, 0, 0, NULL, NULL, SOURCE_FATAL,
        "signer CN = signer 7: certificate signature failure"},
    {BELOW, 0, 0, NULL, NULL, SOURCE_FATAL, "unable to get local issuer certificate"},
    {SELF, 0, 0, NULL, NULL, SOURCE_FATAL, "self-signed certificate"},
    {WEAK, 0, 0, NULL, NULL, SOURCE_FATAL, "EE certificate key too weak"},
    /* purpose */
    {MAIL, 0, 0, NULL, NULL, SOURCE_FATAL,
        "signer CN = signer 2: its extended key usage lacks codeSigning"},
    {PLAIN, 0, 0, NULL, NULL, SOURCE_FATAL, "its extended key usage lacks codeSigning"},
    {CIPHER, 0, 0, NULL, NULL, SOURCE_FATAL, "its key usage lacks digitalSignature"},
    {BELOW_WEB, 2, 0, NULL, NULL, SOURCE_FATAL, "an authority above it may not sign"},
    {MAIL, 0, 0, "verify_purpose", "smime", SOURCE_COMPLETE, ""},
    {PLAIN, 0, 0, "verify_purpose", "smime", SOURCE_COMPLETE, ""},
    {CODE, 0, 0, "verify_purpose", "smime", SOURCE_FATAL, "signer CN = signer 1: "},
    {PLAIN, 0, 0, "verify_purpose", "any", SOURCE_COMPLETE, ""},
    {MAIL, 0, 0, "verify_purpose", "any", SOURCE_COMPLETE, ""},
    {CIPHER, 0, 0, "verify_purpose", "any", SOURCE_FATAL, "its key usage lacks digitalSignature"},
    /* time */
    {EXPIRED, 0, 0, NULL, NULL, SOURCE_FATAL, "signer CN = signer 5: certificate has expired, at "},
    {EXPIRED, 0, -50, NULL, NULL, SOURCE_FATAL, "certificate has expired, at "},
    {EXPIRED, 0, 0, "verify_time", "strict", SOURCE_FATAL, "certificate has expired, at "},
    {EXPIRED, 0, -50, "verify_time", "signing", SOURCE_COMPLETE, ""},
    {EXPIRED, 0, 0, "verify_time", "signing", SOURCE_FATAL, "certificate has expired, at "},
    {FUTURE, 0, 4000, NULL, NULL, SOURCE_COMPLETE, "is before the signer's certificate"},
    {FUTURE, 0, 0, NULL, NULL, SOURCE_RETRY, "certificate is not yet valid, at "},
    {FUTURE, 0, 100, NULL, NULL, SOURCE_FATAL, "certificate is not yet valid, at "},
    {FUTURE, 0, 8000, NULL, NULL, SOURCE_FATAL, "certificate has expired, at "},
    {FUTURE, 0, 4000, "verify_time", "strict", SOURCE_RETRY, "certificate is not yet valid, at "},
    {FUTURE, 0, 4000, "verify_time", "signing", SOURCE_COMPLETE, ""},
    {CODE, 0, 1000, "verify_time", "signing", SOURCE_FATAL, "certificate has expired, at "},
};

START_TEST(signers_are_judged)
{
    struct sign_request request = {.signers = {&people[signers[_i].who]},
        .between = signers[_i].between == 1   ? &between
                   : signers[_i].between == 2 ? &between_web
                                              : NULL,
        .day = signers[_i].day};
    make_bundle("gzip");
    write_signed(&request, ".sig");
    run(signers[_i].key, signers[_i].value);
    if (signers[_i].result != SOURCE_COMPLETE) {
        desk_expect_refused(signers[_i].result, signers[_i].told);
        return;
    }
    desk_expect_keys("good.json");
    ck_assert(desk_noted(SEVERITY_WARNING, signers[_i].told) == (*signers[_i].told != '\0'));
}
END_TEST

/* ---- Signatures that are something else */

static const struct {
    const char *name;
    struct sign_request request;
    enum who first, second;
    const char *told;
} oddities[] = {
    {"nobody signed", {.around = false}, NOBODY, NOBODY, "found 0 signers, expected 1 to 8"},
    {"nobody signed, around", {.around = true}, NOBODY, NOBODY, "found 0 signers"},
    {"two signers, one unknown", {.around = false}, CODE, STRANGER,
        "signer 7: certificate signature failure"},
    {"two signers, the first unknown", {.around = false}, STRANGER, CODE,
        "signer 7: certificate signature failure"},
    {"an unsigned attribute", {.unsigned_attribute = true}, CODE, NOBODY,
        "found attributes in the signature that are not signed"},
    {"BER", {.around = true, .stream = true}, CODE, NOBODY, "or BER (made with -stream)"},
    {"its content is elsewhere", {.around = false}, CODE, NOBODY, "expected a bundle in it"},
};

START_TEST(odd_signatures_are_refused)
{
    struct sign_request request = oddities[_i].request;
    if (oddities[_i].first)
        request.signers[0] = &people[oddities[_i].first];
    if (oddities[_i].second)
        request.signers[1] = &people[oddities[_i].second];
    make_bundle("gzip");
    write_signed(&request, ".sig");
    if (strcmp(oddities[_i].name, "its content is elsewhere") == 0) {
        tape_write(&signature, desk.path);
        remove(desk_path("bundle.sig"));
    }
    run(NULL, NULL);
    desk_expect_refused(SOURCE_FATAL, oddities[_i].told);
}
END_TEST

START_TEST(a_weak_digest_is_refused)
{
    make_bundle("gzip");
    write_signed(&(struct sign_request){.signers = {&people[CODE]}, .digest = EVP_sha1()}, ".sig");
    run(NULL, NULL);
    desk_expect_refused(SOURCE_FATAL, "found a signature with a weak digest");
}
END_TEST

START_TEST(a_time_that_is_not_stated_cannot_be_used)
{
    make_bundle("gzip");
    write_signed(&(struct sign_request){.signers = {&people[CODE]}, .no_time = true}, ".sig");
    run("verify_time", "signing");
    desk_expect_refused(SOURCE_FATAL, "found a signature without its time");
}
END_TEST

START_TEST(no_signature_is_no_bundle)
{
    make_bundle("gzip");
    tape_write(&bundle, desk.path);
    run(NULL, NULL);
    desk_expect_refused(SOURCE_FATAL, "found no signature, expected one around it or beside it");
    run("signature", "/nonexistent/x.sig");
    desk_expect_refused(SOURCE_RETRY, "/nonexistent/x.sig: No such file or directory");
    run("verify", "no");
    desk_expect_keys("good.json");
}
END_TEST

START_TEST(a_signature_is_found_where_the_conf_says)
{
    make_bundle("gzip");
    write_signed(&(struct sign_request){.signers = {&people[CODE]}}, ".elsewhere");
    run("signature", desk_path("bundle.elsewhere"));
    desk_expect_keys("good.json");
}
END_TEST

START_TEST(a_signature_of_something_else_is_refused)
{
    struct tape other = {0}, of_other = {0};
    make_bundle("gzip");
    tape_manifest(&other, "other");
    tape_end(&other);
    sign(&(struct sign_request){.signers = {&people[CODE]}}, &other, &of_other);
    tape_write(&bundle, desk.path);
    tape_write(&of_other, desk_path("bundle.sig"));
    run(NULL, NULL);
    desk_expect_refused(SOURCE_FATAL, "the signature is not of these bytes");
    /* and one that has something else in it */
    tape_finish(&of_other);
    sign(&(struct sign_request){.signers = {&people[CODE]}, .around = true}, &other, &of_other);
    tape_write(&of_other, desk_path("bundle.sig"));
    run(NULL, NULL);
    desk_expect_refused(SOURCE_FATAL, "found one with content, expected a detached one");
    tape_finish(&other);
    tape_finish(&of_other);
}
END_TEST

START_TEST(a_signature_around_and_beside_is_one_too_many)
{
    make_bundle("gzip");
    write_signed(&(struct sign_request){.signers = {&people[CODE]}, .around = true}, "");
    tape_write(&signature, desk_path("bundle.sig"));
    run(NULL, NULL);
    desk_expect_refused(SOURCE_FATAL, "found a signature around the bundle and one beside it");
}
END_TEST

static const char *const garbage[] = {"", "garbage",
    "-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n",
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN ", "0", "0\x80",
    "0\x84\xff\xff\xff\xff"};

START_TEST(what_is_no_signature_is_refused)
{
    struct tape tape = {0};
    make_bundle("gzip");
    tape_write(&bundle, desk.path);
    tape_text(&tape, garbage[_i]);
    tape_write(&tape, desk_path("bundle.sig"));
    run(NULL, NULL);
    desk_expect_refused(SOURCE_FATAL, "expected a CMS signature in DER or PEM");
    tape_finish(&tape);
}
END_TEST

/* A signature that does not hold is all that is said of a bundle: nothing of it was looked at. */
START_TEST(verified_before_anything_is_unpacked)
{
    tape_file(&bundle, "../x.json", "{}");
    tape_end(&bundle);
    write_signed(&(struct sign_request){.signers = {&people[STRANGER]}}, ".sig");
    run(NULL, NULL);
    desk_expect_refused(SOURCE_FATAL, "certificate signature failure");
    write_signed(&(struct sign_request){.signers = {&people[CODE]}}, ".sig");
    tape_finish(&signature);
    run("verify", "no");
    desk_expect_refused(SOURCE_FATAL, "../x.json: found \"..\" in its path");
}
END_TEST

/* A bundle that was signed for others can be used where nobody verifies. */
START_TEST(without_verification_the_content_is_taken)
{
    make_bundle("gzip");
    write_signed(&(struct sign_request){.signers = {&people[STRANGER]}, .around = true}, "");
    desk_run(NULL);
    desk_expect_keys("good.json");
    ck_assert(desk_noted(SEVERITY_NOTE, "its signature is not looked at (verify = no)"));
}
END_TEST

static const struct {
    const char *key, *value, *told;
} settings[] = {
    {"verify", "required", "verify: found required without verify_ca"},
    {"verify", "yes", "verify: found \"yes\", expected no or required"},
    {"verify_purpose", "code", "verify_purpose: found \"code\", expected codesign, smime or any"},
    {"verify_time", "now", "verify_time: found \"now\", expected clock, strict or signing"},
    {"verify_ca", "/dev/null", "verify_ca: /dev/null: found a device, expected a regular file"},
    {"verify_ca", KD_SOURCE_DIR "/README.md",
        "README.md: found no certificate, expected some in PEM"},
    {"max_members", "0", "max_members: found 0, expected at least 1"},
    {"max_total", "0", "max_total: found 0, expected at least 1"},
};

START_TEST(settings_that_cannot_be_are_refused)
{
    const char *const pairs[] = {settings[_i].key, settings[_i].value, NULL};
    make_bundle("");
    tape_write(&bundle, desk.path);
    desk_run(pairs);
    desk_expect_refused(SOURCE_FATAL, settings[_i].told);
}
END_TEST

/* One read of the helper may bring several settings, and the descriptor with an earlier one. */
START_TEST(a_certificate_arrives_each_time)
{
    make_bundle("");
    write_signed(&(struct sign_request){.signers = {&people[CODE]}}, ".sig");
    for (int i = 0; i < 20; i++) {
        run("verify_time", "strict");
        desk_expect_keys("good.json");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("signature");
    TCase *cases = tcase_create("signature");
    tcase_set_timeout(cases, 60);
    tcase_add_unchecked_fixture(cases, make_people, end_people);
    tcase_add_checked_fixture(cases, setup, desk_teardown);
    tcase_add_loop_test(cases, every_form_of_signature_is_taken, 0, countof(forms));
    tcase_add_loop_test(cases, signers_are_judged, 0, countof(signers));
    tcase_add_loop_test(cases, odd_signatures_are_refused, 0, countof(oddities));
    tcase_add_test(cases, a_weak_digest_is_refused);
    tcase_add_test(cases, a_time_that_is_not_stated_cannot_be_used);
    tcase_add_test(cases, no_signature_is_no_bundle);
    tcase_add_test(cases, a_signature_is_found_where_the_conf_says);
    tcase_add_test(cases, a_signature_of_something_else_is_refused);
    tcase_add_test(cases, a_signature_around_and_beside_is_one_too_many);
    tcase_add_loop_test(cases, what_is_no_signature_is_refused, 0, countof(garbage));
    tcase_add_test(cases, verified_before_anything_is_unpacked);
    tcase_add_test(cases, without_verification_the_content_is_taken);
    tcase_add_loop_test(cases, settings_that_cannot_be_are_refused, 0, countof(settings));
    tcase_add_test(cases, a_certificate_arrives_each_time);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
