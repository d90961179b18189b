/* oci:// references of the conf, and what an answer's URL may be: names of hosts and files are cut
 * out of both. */
#include "target.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "http/url.h"
#include "registry/reference.h"

#include <string.h>

static void check_reference(const char *text)
{
    struct reference reference;
    struct error err = {0};
    if (reference_parse(text, &reference, &err) < 0)
        return;
    target_expect(*reference.host && *reference.repository && *reference_name(&reference),
        "\"%s\" has an empty part", text);
    target_expect(!strstr(reference.repository, "..") && !strpbrk(reference.repository, "%?#\\ "),
        "\"%s\" has the repository \"%s\"", text, reference.repository);
    target_expect(
        !strpbrk(reference.host, "/%?#\\@ "), "\"%s\" has the host \"%s\"", text, reference.host);
}

static void check_url(const char *text)
{
    struct error err = {0};
    char room[300], longer[2048];
    url_plain(text, room, sizeof(room));
    target_expect(!strpbrk(room, "?#"), "a query in \"%s\"", room);
    url_file_name(text, room, sizeof(room));
    target_expect(!strpbrk(room, "/\\?# "), "found the file \"%s\"", room);
    if (url_check("url", text, true, &err) < 0)
        return;
    target_expect(url_same_origin(text, text), "\"%s\" is not of its own origin", text);
    if (url_add_query(text, "scope", "a b&c", longer, sizeof(longer)) == 0)
        target_expect(url_same_origin(text, longer), "\"%s\" became \"%s\"", text, longer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    scoped_free char *text = memory_bytes(bytes, length);
    check_reference(text);
    check_url(text);
    return 0;
}
