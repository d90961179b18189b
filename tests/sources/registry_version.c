/* The registry source: no artifact takes a device back, whatever its layers are. */
#include "base/cleanup.h"
#include "base/memory.h"
#include "bundle/sha256.h"
#include "folder.h"
#include "layout.h"
#include "registry_parts.h"
#include "sign.h"
#include "visit.h"
#include "web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAYERS_MAX 4
#define SIGNATURE  "application/pkcs7-signature"
#define AROUND     "application/pkcs7-mime"

/* A layer in a word: "7": a bundle of that version; "none": one without; "json": a manifest. With
 * "+": its signature is the next layer; with "()": the signature is around it. */
struct step {
    const char *layers; /* blanks between */
    const char *told;   /* NULL: it is taken */
    const char *keys;   /* else these */
};

static const struct {
    const char *verified, *accept_older;
    struct step first, second;
} cases[] = {
    /* what nobody signed is held to be a mistake */
    {"no", NULL, {"7", NULL, "m.json"}, {"json", "found no VERSION, expected 7", NULL}},
    {"no", NULL, {"7", NULL, "m.json"}, {"6", "found 6, expected 7", NULL}},
    {"no", NULL, {"7 json", NULL, "m.json l1.json"}, {"json json", "found no VERSION", NULL}},
    {"no", NULL, {"json", NULL, "l0.json"}, {"7 json", NULL, "m.json l1.json"}},
    {"no", "yes", {"7", NULL, "m.json"}, {"json", NULL, "l0.json"}},
    /* where it is verified there is a version, in each form */
    {"yes", NULL, {"7+", NULL, "m.json"}, {"json+", "found no VERSION, expected one", NULL}},
    {"yes", NULL, {"7+", NULL, "m.json"}, {"json()", "found no VERSION, expected 7", NULL}},
    {"yes", NULL, {"7()", NULL, "m.json"}, {"none()", "found no VERSION, expected 7", NULL}},
    {"yes", NULL, {"7()", NULL, "m.json"}, {"6+", "found 6, expected 7", NULL}},
    {"yes", NULL, {"7+", NULL, "m.json"}, {"8+ json+", "found no VERSION, expected one", NULL}},
    {"yes", NULL, {"7+", NULL, "m.json"}, {"json+ 8+", "found no VERSION, expected one", NULL}},
    {"yes", NULL, {"7+", NULL, "m.json"}, {"8+", NULL, "m.json"}},
    {"yes", NULL, {"json+", "found no VERSION, expected one", NULL}, {NULL, NULL, NULL}},
    {"yes", NULL, {"json()", "found no VERSION, expected one", NULL}, {NULL, NULL, NULL}},
    {"yes", NULL, {"none+", "found no VERSION, expected one", NULL}, {NULL, NULL, NULL}},
    {"yes", NULL, {"none()", "found no VERSION, expected one", NULL}, {NULL, NULL, NULL}},
    {"yes", "yes", {"7+", NULL, "m.json"}, {"json+", NULL, "l0.json"}},
    {"yes", "yes", {"7 json", "found no signature", NULL}, {NULL, NULL, NULL}},
};

struct artifact {
    struct tape blobs[LAYERS_MAX];
    struct layout_layer layers[LAYERS_MAX];
    size_t count;
};

static struct web web;
static struct identity authority, signer;

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

static void make_content(const char *word, struct tape *tape)
{
    if (strncmp(word, "json", 4) == 0) {
        tape_text(tape, MANIFEST);
        return;
    }
    char version[8];
    snprintf(version, sizeof(version), "%.1s\n", word);
    if (strncmp(word, "none", 4) != 0)
        tape_file(tape, "VERSION", version);
    tape_manifest(tape, "m");
    tape_end(tape);
}

static void add_layer(struct artifact *artifact, const char *type)
{
    static const char *const titles[] = {"l0.json", "l1.json", "l2.json", "l3.json"};
    const struct tape *blob = &artifact->blobs[artifact->count];
    artifact->layers[artifact->count] =
        (struct layout_layer){type, titles[artifact->count], blob->bytes, blob->length};
    artifact->count++;
}

static void add_word(struct artifact *artifact, const char *word)
{
    struct sign_request request = {.signers = {&signer}, .around = strchr(word, '(') != NULL};
    struct tape content = {0};
    make_content(word, &content);
    if (request.around) {
        sign(&request, &content, &artifact->blobs[artifact->count]);
        tape_finish(&content);
        add_layer(artifact, AROUND);
        return;
    }
    artifact->blobs[artifact->count] = content;
    add_layer(artifact, strncmp(word, "json", 4) == 0 ? JSON_TYPE : BUNDLE_TYPE);
    if (!strchr(word, '+'))
        return;
    sign(&request, &content, &artifact->blobs[artifact->count]);
    add_layer(artifact, SIGNATURE);
}

static void artifact_make(const char *words, struct artifact *artifact)
{
    scoped_free char *copy = memory_string(words);
    char *state = NULL;
    *artifact = (struct artifact){0};
    for (char *word = strtok_r(copy, " ", &state); word; word = strtok_r(NULL, " ", &state))
        add_word(artifact, word);
}

static void artifact_finish(struct artifact *artifact)
{
    for (size_t i = 0; i < artifact->count; i++)
        tape_finish(&artifact->blobs[i]);
}

static void serve(struct web *served, int fd, const char *request, unsigned number)
{
    const struct artifact *artifact = served->ctx;
    char digest[SHA256_TEXT];
    (void)number;
    if (strstr(request, "/manifests/")) {
        scoped_free char *text = layout_text(artifact->layers, artifact->count);
        web_answer(fd, "200 OK", "", strncmp(request, "HEAD", 4) == 0 ? "" : text);
        return;
    }
    for (size_t i = 0; i < artifact->count; i++) {
        const struct tape *blob = &artifact->blobs[i];
        sha256_text(blob->bytes, blob->length, digest);
        if (!strstr(request, digest))
            continue;
        web_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", blob->length);
        web_send(fd, blob->bytes, blob->length);
        return;
    }
    web_answer(fd, "404 Not Found", "", "");
}

static struct source_set pull(const char *folder, int which)
{
    char url[64];
    bool verified = strcmp(cases[which].verified, "yes") == 0;
    snprintf(url, sizeof(url), "oci://127.0.0.1:%d/a/b:c", web.port);
    const char *const pairs[] = {"url", url, "accept_http", "yes", "attempts", "1", "verify_ca",
        verified ? folder_path(folder, "ca.pem") : NULL, "accept_older", cases[which].accept_older,
        NULL};
    return visit("registry", folder, pairs);
}

static void expect(const struct source_set *set, const struct step *step)
{
    if (step->told)
        visit_expect_failure(set, SOURCE_RETRY, step->told);
    else
        visit_expect(set, SOURCE_COMPLETE, step->keys);
}

START_TEST(nothing_goes_back)
{
    char folder[FOLDER_NAME];
    struct artifact artifact;
    folder_make(folder);
    identity_write(&authority, folder_path(folder, "ca.pem"));
    artifact_make(cases[_i].first.layers, &artifact);
    web_start(&web, serve, &artifact);
    scoped(source_set_finish) struct source_set first = pull(folder, _i);
    expect(&first, &cases[_i].first);
    if (cases[_i].second.layers) {
        artifact_finish(&artifact);
        artifact_make(cases[_i].second.layers, &artifact);
        scoped(source_set_finish) struct source_set second = pull(folder, _i);
        expect(&second, &cases[_i].second);
        if (cases[_i].accept_older)
            ck_assert(visit_noted(&second, "(accept_older = yes)"));
        if (cases[_i].second.told)
            ck_assert_int_eq(second.serves, SOURCE_SERVES_KEPT);
    }
    web_stop(&web);
    artifact_finish(&artifact);
    folder_remove(folder);
}
END_TEST

void add_version_tests(TCase *cases_)
{
    tcase_add_unchecked_fixture(cases_, make_people, end_people);
    tcase_add_loop_test(cases_, nothing_goes_back, 0, countof(cases));
}
