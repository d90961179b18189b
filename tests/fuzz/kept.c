/* A kept set on the disk. Its checksum is made to fit; what is read is written again, and reads
 * back the same. */
#include "target.h"

#include "base/cleanup.h"
#include "base/sha256.h"
#include "frames.h"
#include "source/kept.h"

#include <stdio.h>
#include <string.h>

static bool read_and_write(const struct text *in, struct text *out)
{
    struct kept kept = {0};
    char question[KEPT_QUESTION_SIZE] = "";
    struct error err = {0};
    int result = kept_read(text_get(in), in->length, &kept, question, &err);
    target_expect((result == 0) == (err.kind == ERROR_NONE), "returned %d: %s", result, err.text);
    if (result == 0)
        kept_write(&kept.set, &kept.stamp, question, kept.how, out);
    kept_finish(&kept);
    return result == 0;
}

static void wrap(const uint8_t *bytes, size_t length, struct text *out)
{
    unsigned char sum[SHA256_SIZE];
    text_add_format(out, "kanto-deployer kept set %d\n", KEPT_FORMAT);
    frames_make(bytes, length, out);
    sha256_of(text_get(out), out->length, sum);
    text_add_bytes(out, sum, sizeof(sum));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    scoped(text_finish) struct text raw = {0}, made = {0}, first = {0}, second = {0};
    text_add_bytes(&raw, bytes, length);
    wrap(bytes, length, &made);
    read_and_write(&raw, &second);
    text_finish(&second);
    if (!read_and_write(&made, &first))
        return 0;
    target_expect(read_and_write(&first, &second), "what was written is not taken");
    target_expect(
        first.length == second.length && memcmp(first.data, second.data, first.length) == 0,
        "written otherwise the second time");
    return 0;
}
