/* kanto-cm's answers as bytes from the socket: the first one says of which message they are. What
 * was understood goes the way of every answer: compared, checked, printed, traced. */
#include "target.h"

#include "base/cleanup.h"
#include "kanto/json.h"
#include "kanto/message.h"
#include "manifest/manifest.h"
#include "model/check.h"
#include "model/compare.h"
#include "model/container.h"
#include "model/defaults.h"
#include "model/digest.h"
#include "model/resources.h"

#include <stdlib.h>
#include <string.h>

static const ProtobufCMessageDescriptor *const messages[] = {
    &kanto__list_containers_response__descriptor,
    &kanto__get_container_response__descriptor,
    &kanto__project_info_response__descriptor,
    &kanto__get_logs_response__descriptor,
};

static void trace(const ProtobufCMessage *message)
{
    cJSON *tree = json_message(message);
    char *line = cJSON_PrintUnformatted(tree);
    target_expect(line && !strchr(line, '\n'), "a trace of more than a line");
    cJSON_free(line);
    cJSON_Delete(tree);
}

static void count_errors(void *context, const struct finding *finding)
{
    target_expect(finding->path && finding->text, "a finding without words");
    *(size_t *)context += finding->severity == SEVERITY_ERROR;
}

static void use(const Kanto__Container *container)
{
    scoped_container Kanto__Container *copy = container_clone(container);
    scoped(text_finish) struct text text = {0};
    struct differences differences = {0};
    struct digest digest;
    size_t errors = 0;
    container_check(container, count_errors, &errors);
    container_compare(container, container, &differences); /* may differ: absent has two meanings */
    differences_finish(&differences);
    container_normalise(copy);
    container_compare(copy, container, &differences);
    target_expect(differences.count == 0 || errors, "a copy differs in %s",
        differences.count ? differences.items[0].path : "");
    differences_finish(&differences);
    container_status(container);
    container_policy_kind(container);
    resources_share_any(container, copy);
    manifest_print(container, DIALECT_CM, &text);
    if (container->name)
        container_digest(container, &digest);
    container_strip_results(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return 0;
    const ProtobufCMessageDescriptor *descriptor = messages[bytes[0] % countof(messages)];
    grpc_slice slice = grpc_slice_from_copied_buffer((const char *)bytes + 1, length - 1);
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
    ProtobufCMessage *message = message_unpack(descriptor, buffer);
    if (message) {
        trace(message);
        if (descriptor == messages[0]) {
            const Kanto__ListContainersResponse *list = (const void *)message;
            for (size_t i = 0; i < list->n_containers; i++)
                use(list->containers[i]);
        } else if (descriptor == messages[1]) {
            const Kanto__GetContainerResponse *got = (const void *)message;
            if (got->container)
                use(got->container);
        }
        protobuf_c_message_free_unpacked(message, NULL);
    }
    grpc_byte_buffer_destroy(buffer);
    grpc_slice_unref(slice);
    return 0;
}
