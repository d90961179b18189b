/* Seeds that are made of what the tests have anyway: seed FOLDER writes answers of kanto-cm, from
 * the recordings and the examples, as the target `answer` takes them. */
#include "base/cleanup.h"
#include "base/file.h"
#include "base/memory.h"
#include "manifest/manifest.h"
#include "protojson.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void write_seed(
    const char *folder, const char *name, char kind, const ProtobufCMessage *message)
{
    struct error err = {0};
    size_t size = protobuf_c_message_get_packed_size(message);
    scoped_free char *path = memory_format("%s/%s", folder, name);
    scoped_free uint8_t *bytes = memory_zeroed(1, size + 1);
    bytes[0] = (uint8_t)kind;
    protobuf_c_message_pack(message, bytes + 1);
    if (file_write_atomic(path, bytes, size + 1, 0644, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        exit(EXIT_FAILURE);
    }
}

/* The first List and the first Get of a recording. */
static void write_recorded(const char *folder, const char *name)
{
    scoped_free char *file = memory_format("recorded/%s.json", name);
    cJSON *calls = protojson_file(file);
    cJSON *call = NULL, *list = cJSON_GetObjectItem(calls, "steps");
    bool listed = false, got = false;
    cJSON_ArrayForEach(call, list)
    {
        const char *what = cJSON_GetStringValue(cJSON_GetObjectItem(call, "call"));
        const cJSON *response = cJSON_GetObjectItem(call, "response");
        bool is_list = what && strcmp(what, "List") == 0, is_get = what && strcmp(what, "Get") == 0;
        if (!cJSON_IsObject(response) || !(is_list ? !listed : is_get && !got))
            continue;
        ProtobufCMessage *message =
            protojson_read(response, is_list ? &kanto__list_containers_response__descriptor
                                             : &kanto__get_container_response__descriptor);
        scoped_free char *seed = memory_format("%s-%s", name, what);
        write_seed(folder, seed, is_get, message);
        protobuf_c_message_free_unpacked(message, NULL);
        listed = listed || is_list;
        got = got || is_get;
    }
    cJSON_Delete(calls);
}

int main(int argc, char **argv)
{
    static const char *const recordings[] = {"lifecycle", "create-full", "exits", "ports", "names"};
    if (argc != 2)
        return EXIT_FAILURE;
    mkdir(argv[1], 0755);
    for (size_t i = 0; i < countof(recordings); i++)
        write_recorded(argv[1], recordings[i]);
    return EXIT_SUCCESS;
}
