#include "base/cleanup.h"
#include "story/sentence.h"
#include "suite.h"

/* The daemon's own words, as recorded. */
static const struct {
    enum action action;
    const char *message;
    enum result result;
} sentences[] = {
    {ACTION_CREATE, "container with id = web already exists", RESULT_TAKEN},
    {ACTION_CREATE, "snapshot \"same0-snapshot\": already exists", RESULT_TAKEN},
    {ACTION_CREATE, "failed to create containerIO", RESULT_TAKEN},
    {ACTION_START, "container with ID = web already exists", RESULT_UNUSABLE},
    {ACTION_CREATE, "container with ID = web already exists", RESULT_LATER},
    {ACTION_START, "no network controller to connect to bridge", RESULT_TRANSIENT},
    {ACTION_START, "no network [bridge] found", RESULT_TRANSIENT},
    {ACTION_CREATE,
        "failed to resolve reference \"registry.invalid/x/y:1\": failed to do request: Head "
        "\"https://registry.invalid/v2/x/y/manifests/1\": dial tcp: lookup registry.invalid: no "
        "such host",
        RESULT_TRANSIENT},
    {ACTION_CREATE,
        "failed to resolve reference \"localhost:5000/nosuch:1\": localhost:5000/nosuch:1: not "
        "found",
        RESULT_REFUSED},
    {ACTION_CREATE, "failed to resolve reference \"sleeper:1\": object required", RESULT_REFUSED},
    {ACTION_CREATE, "unsupported network mode none", RESULT_REFUSED},
    {ACTION_UPDATE, "cannot update a stopped container: unknown", RESULT_MISSED},
    {ACTION_START, "host [bad] is incorrectly defined", RESULT_REFUSED},
    /* The world's fault, whatever it ends in. */
    {ACTION_CREATE,
        "failed to copy: httpReadSeeker: failed open: content at http://r/v2/x/manifests/sha256:0 "
        "not found: not found",
        RESULT_TRANSIENT},
    {ACTION_CREATE,
        "failed to resolve reference \"r/x:1\": failed to authorize: failed to fetch anonymous "
        "token: unexpected status from GET request to http://r/token: 404 Not Found",
        RESULT_TRANSIENT},
    {ACTION_CREATE,
        "failed to resolve reference \"r/x:1\": unexpected status from HEAD request to "
        "http://r/v2/x/manifests/1: 503 Service Unavailable",
        RESULT_TRANSIENT},
    {ACTION_CREATE,
        "failed to resolve reference \"r/x:1\": unexpected status from HEAD request to "
        "http://r/v2/x/manifests/1: 403 Forbidden",
        RESULT_LATER},
    {ACTION_CREATE,
        "failed to resolve reference \"r/x:1\": failed to do request: Head \"https://r/v2/\": "
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: "
        "current time 1970-01-01T00:01:00Z is before 2026-01-01T00:00:00Z",
        RESULT_TRANSIENT},
    {ACTION_CREATE, "you are not authorized to use this image: unhandled media type: text/html",
        RESULT_LATER},
    {ACTION_START,
        "driver failed programming external connectivity on endpoint web-ep (0): listen tcp4 "
        "0.0.0.0:45212: bind: address already in use",
        RESULT_LATER},
    {ACTION_START,
        "failed to create shim task: OCI runtime create failed: runc create failed: unable to "
        "start container process: exec: \"nosuch\": executable file not found in $PATH: unknown",
        RESULT_REFUSED},
    {ACTION_START, "the container with id = web is already running", RESULT_OK},
    {ACTION_STOP, "the container with id = web is already running", RESULT_LATER},
    {ACTION_STOP, "cannot perform stop operation for container: web, with state: Exited",
        RESULT_ALREADY},
    {ACTION_REMOVE, "no such container with id = web exists", RESULT_OK},
    {ACTION_START, "no such container with id = web exists", RESULT_ALREADY},
    {ACTION_START, "", RESULT_LATER},
    {ACTION_START, NULL, RESULT_LATER},
};

START_TEST(sentences_mean)
{
    enum result got = sentence_result(sentences[_i].action, sentences[_i].message);
    ck_assert_msg(got == sentences[_i].result, "\"%s\": got %d, expected %d",
        sentences[_i].message ? sentences[_i].message : "(none)", got, sentences[_i].result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sentence");
    TCase *cases = tcase_create("sentence");
    tcase_add_loop_test(cases, sentences_mean, 0, countof(sentences));
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
