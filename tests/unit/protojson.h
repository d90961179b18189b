/* Protobuf JSON (field names of the proto, 64-bit numbers as strings, defaults left out) →
 * messages: the format of tests/data/recorded. */
#ifndef KD_TESTS_PROTOJSON_H
#define KD_TESTS_PROTOJSON_H

#include <cjson/cJSON.h>
#include <protobuf-c/protobuf-c.h>

/* A message of that kind; protobuf_c_message_free_unpacked it. Aborts on what it does not know:
 * test data. */
ProtobufCMessage *protojson_read(const cJSON *object, const ProtobufCMessageDescriptor *descriptor);

/* The file below the source tree's tests/data as a tree; cJSON_Delete it. */
cJSON *protojson_file(const char *relative_path);

#endif
