#include "model/compare.h"

#include "base/cleanup.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/canon.h"
#include "model/container.h"
#include "model/field.h"

#include <stdlib.h>
#include <string.h>

static void add(struct differences *differences, const char *path, struct text *live,
    struct text *desired, bool in_place)
{
    memory_grow(&differences->items, &differences->capacity, differences->count,
        sizeof(*differences->items));
    differences->items[differences->count++] = (struct difference){
        .path = memory_string(path),
        .live = text_steal(live),
        .desired = text_steal(desired),
        .in_place = in_place,
    };
}

static const ProtobufCMessage *child(
    const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const ProtobufCMessage *there =
        *(ProtobufCMessage *const *)((const char *)message + field->offset);
    return there;
}

/* An absent message compares like one in which nothing is set. */
struct blank {
    ProtobufCMessage *message;
};

static const ProtobufCMessage *or_blank(
    const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct blank *blank)
{
    if (message)
        return message;
    const ProtobufCMessageDescriptor *descriptor = field->descriptor;
    blank->message = memory_zeroed(1, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, blank->message);
    return blank->message;
}

static void compare_messages(const ProtobufCMessage *live, const ProtobufCMessage *desired,
    const char *path, bool in_place, struct differences *differences)
{
    const ProtobufCMessageDescriptor *descriptor = live->descriptor;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        const struct field_rule *rule = field_rule(descriptor, field);
        if (rule->result)
            continue;
        scoped_free char *here = memory_format("%s%s%s", path, *path ? "." : "", field->name);
        bool reachable = in_place || rule->in_place;
        if (field->type == PROTOBUF_C_TYPE_MESSAGE && field->label != PROTOBUF_C_LABEL_REPEATED) {
            struct blank one = {0}, other = {0};
            compare_messages(or_blank(child(live, field), field, &one),
                or_blank(child(desired, field), field, &other), here, reachable, differences);
            free(one.message);
            free(other.message);
            continue;
        }
        scoped(text_finish) struct text a = {0}, b = {0};
        canon_field(live, field, &a);
        canon_field(desired, field, &b);
        if (strcmp(text_get(&a), text_get(&b)) != 0)
            add(differences, here, &a, &b, reachable);
    }
}

/* With the host's network the first Start replaces the host name, an explicit one too, by the
 * machine's. */
static void level_host_name(const Kanto__Container *live, Kanto__Container *copy)
{
    if (strcmp(copy->host_config->network_mode, "host") != 0)
        return;
    free(copy->host_name);
    copy->host_name = memory_string(live->host_name);
}

void container_compare(const Kanto__Container *live, const Kanto__Container *desired,
    struct differences *ret_differences)
{
    scoped_container Kanto__Container *one = canon_comparable(live, true);
    scoped_container Kanto__Container *other = canon_comparable(desired, false);
    level_host_name(one, other);
    *ret_differences = (struct differences){0};
    compare_messages(&one->base, &other->base, "", false, ret_differences);
}

void differences_finish(struct differences *differences)
{
    for (size_t i = 0; i < differences->count; i++) {
        free(differences->items[i].path);
        free(differences->items[i].live);
        free(differences->items[i].desired);
    }
    free(differences->items);
    *differences = (struct differences){0};
}
