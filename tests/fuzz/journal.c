/* The journal on the disk. Its checksum is made to fit, as no chance would: what is read is written
 * again, and reads back the same. */
#include "target.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "journal/checksum.h"
#include "journal/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC "kanto-deployer-journal "

/* Whether it was taken; *ret_text is what it is written as then. */
static bool read_and_write(const char *bytes, size_t length, struct text *ret_text)
{
    struct journal journal = {.folder = memory_string("/nonexistent"), .lock = LOCK_NONE};
    scoped(text_finish) struct text notices = {0};
    struct error err = {0};
    int result = record_read(&journal, bytes, length, &notices, &err);
    target_expect((result == 0) == (err.kind == ERROR_NONE), "returned %d: %s", result, err.text);
    target_expect(result == 0 || journal.count == 0, "something was added on an error");
    if (result == 0)
        record_write(&journal, ret_text);
    journal_close(&journal);
    return result == 0;
}

static char *with_head(const char *body)
{
    char checksum[CHECKSUM_SIZE];
    checksum_print(body, strlen(body), checksum);
    return memory_format(MAGIC "%d %s\n%s", RECORD_FORMAT, checksum, body);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    scoped(text_finish) struct text first = {0}, second = {0};
    scoped_free char *raw = memory_bytes(bytes, length);
    scoped_free char *whole = strncmp(raw, MAGIC, strlen(MAGIC)) == 0 ? NULL : with_head(raw);
    const char *input = whole ? whole : raw;
    if (!read_and_write(input, whole ? strlen(whole) : length, &first))
        return 0;
    target_expect(read_and_write(text_get(&first), first.length, &second),
        "what was written is not taken:\n%s", text_get(&first));
    target_expect(strcmp(text_get(&first), text_get(&second)) == 0, "written\n%sand then\n%s",
        text_get(&first), text_get(&second));
    return 0;
}
