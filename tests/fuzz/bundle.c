/* A bundle, with its signature or without. The first byte says how it comes:
 *
 *     1  it must be signed: by the authority of bundle-ca.pem
 *     2  the signature is beside it: two bytes of its length, and it, before the bundle
 *     4  a JSON text is taken too
 *     8  a newer version was accepted before
 */
#include "target.h"

#include "base/file.h"
#include "base/utf8.h"
#include "bundle/bundle.h"
#include "bundle/verify.h"

#include <stdlib.h>
#include <string.h>

enum { SIGNED = 1, BESIDE = 2, JSON = 4, NEWER = 8 };

static struct bundle_policy policies[2]; /* [1] asks for a signature */
static size_t taken;

static void keep_silent(void *context, uint32_t level, const char *text)
{
    (void)context;
    (void)level;
    target_expect(text && utf8_is_valid(text), "a log line that is no text");
}

static int32_t go_on(void *context)
{
    (void)context;
    return 0;
}

static int32_t take(void *context, const struct kd_item *item)
{
    (void)context;
    target_expect(item->key && *item->key && !strstr(item->key, "..") && *item->key != '/',
        "found the key \"%s\"", item->key ? item->key : "");
    target_expect(
        item->length <= policies[0].max_bytes, "an item of %zu bytes", (size_t)item->length);
    taken++;
    return 0;
}

static void prepare(void)
{
    char *pem = NULL;
    size_t length = 0;
    struct error err = {0};
    for (int i = 0; i < 2; i++) {
        bundle_policy_init(&policies[i]);
        /* So small that no input is slow for its size alone. */
        policies[i].max_total = 1u << 20;
        policies[i].max_bytes = 1u << 16;
        policies[i].max_members = 100;
    }
    policies[1].verify = policies[1].verify_said = true;
    target_expect(
        file_read(KD_SOURCE_DIR "/tests/fuzz/bundle-ca.pem", 1 << 16, &pem, &length, &err) == 0 &&
            verify_read_ca(&policies[1], pem, length, &err) == 0,
        "%s", err.text);
    for (int i = 0; i < 2; i++)
        target_expect(bundle_policy_check(&policies[i], &err) == 0, "%s", err.text);
    free(pem);
}

static bool cut(const uint8_t *bytes, size_t length, struct bundle_input *input)
{
    size_t at = 1;
    if (bytes[0] & BESIDE) {
        if (length < 3)
            return false;
        input->signature_length = (size_t)bytes[1] << 8 | bytes[2];
        input->signature = bytes + 3;
        at = 3 + input->signature_length;
    }
    if (at > length)
        return false;
    input->bytes = bytes + at;
    input->length = length - at;
    input->origin = "fuzz.tar";
    input->json_key = bytes[0] & JSON ? "fuzz.json" : NULL;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct kd_host host = {
        .size = sizeof(host), .log = keep_silent, .cancelled = go_on};
    struct kd_out out = {.size = sizeof(out), .put = take};
    struct bundle_input input = {0};
    struct bundle_state state = {0};
    struct error err = {0};
    if (!policies[0].max_file)
        prepare();
    if (length == 0 || !cut(bytes, length, &input))
        return 0;
    if (bytes[0] & NEWER)
        strcpy(state.version, "1.1");
    const struct bundle_state before = state;
    taken = 0;
    if (bundle_read(&policies[bytes[0] & SIGNED], &input, &state, &host, &out, &err) < 0) {
        target_expect(err.kind != ERROR_NONE && *err.text, "refused without a word");
        target_expect(memcmp(&before, &state, sizeof(state)) == 0, "a refused one is remembered");
    } else {
        target_expect(taken <= policies[0].max_members, "%zu members", taken);
    }
    return 0;
}
