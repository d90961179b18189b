#include "base/cleanup.h"
#include "plan/sentence.h"
#include "suite.h"

/* The daemon's own words, as recorded. */
static const struct {
    enum action_kind action;
    const char *message;
    enum result result;
} sentences[] = {
    {ACTION_CREATE, "container with id = web already exists", RESULT_TAKEN},
    {ACTION_CREATE, "snapshot \"same0-snapshot\": already exists", RESULT_TAKEN},
    {ACTION_CREATE, "failed to create containerIO", RESULT_TAKEN},
    {ACTION_START, "container with ID = web already exists", RESULT_UNUSABLE},
    {ACTION_CREATE, "container with ID = web already exists", RESULT_REFUSED},
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
    {ACTION_UPDATE, "cannot update a stopped container: unknown", RESULT_STUCK},
    {ACTION_START, "host [bad] is incorrectly defined", RESULT_REFUSED},
    {ACTION_START, "", RESULT_REFUSED},
    {ACTION_START, NULL, RESULT_REFUSED},
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
