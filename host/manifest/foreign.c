/* JSON of the same world that is no manifest. */
#include "manifest/foreign.h"

#include <string.h>

static uint32_t find(const struct document *document, uint32_t object, const char *key)
{
    uint32_t node = document_node(document, object)->child;
    if (document_node(document, object)->type != JSON_OBJECT)
        return JSON_NONE;
    for (; node != JSON_NONE; node = document_node(document, node)->next) {
        const struct json_node *at = document_node(document, node);
        if (at->key_end - at->key_begin == strlen(key) + 2 &&
            memcmp(document->bytes + at->key_begin + 1, key, strlen(key)) == 0)
            return node;
    }
    return JSON_NONE;
}

static bool has_array(const struct document *document, uint32_t object, const char *key)
{
    uint32_t node = find(document, object, key);
    return node != JSON_NONE && document_node(document, node)->type == JSON_ARRAY;
}

bool foreign_is_desired_state(const struct document *document, uint32_t root)
{
    uint32_t payload = find(document, root, "payload");
    if (find(document, root, "image") != JSON_NONE)
        return false;
    return (payload != JSON_NONE && has_array(document, payload, "domains")) ||
           has_array(document, root, "domains") ||
           (has_array(document, root, "components") && find(document, root, "id") != JSON_NONE);
}
